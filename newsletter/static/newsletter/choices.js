// The preferences: the buttons that select all categories or none do so at once, where without a script the page comes again.
"use strict";
(() => {
  const form = document.querySelector("form.choices");
  if (!form) return;
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".sets button");
    if (!button) return;
    event.preventDefault();
    for (const box of button.closest("fieldset").querySelectorAll('input[type="checkbox"]')) box.checked = button.name === "all";
  });
})();
