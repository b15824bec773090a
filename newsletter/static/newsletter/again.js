// The page after a sign-up: counts down until the same address may be sent another email; another address may be at once.
"use strict";
(() => {
  const form = document.querySelector("form[data-seconds]");
  if (!form) return;
  const problem = document.querySelector('[role="alert"]');
  if (problem) problem.focus();
  const hint = form.querySelector("[data-left]");
  if (!hint) return;
  const field = form.querySelector('input[name="email"]'), button = form.querySelector("button");
  const same = form.dataset.sent.toLowerCase(), until = Date.now() + form.dataset.seconds * 1000;

  function show() {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0 && field.value.trim().toLowerCase() === same;
    if (left > 0) {
      hint.textContent = hint.dataset.left.replace("{time}", left < 60 ? "0:" + String(left).padStart(2, "0") : "1:00");
      return;
    }
    clearInterval(timer);
    hint.hidden = true;
    hint.nextElementSibling.textContent = hint.dataset.now; // a screen reader says this, and not every second
  }

  const timer = setInterval(show, 500);
  field.addEventListener("input", show);
  show();
})();
