// What the page can do better with a script: choose many at once, show the email while one chooses, tell the time zone.
"use strict";
(() => {
  const form = document.querySelector("form[data-preview]");
  if (!form) return;
  const boxes = [...form.querySelectorAll('input[name="category"]')];
  const sets = form.querySelector(".sets");
  const frame = document.querySelector('iframe[name="preview"]');
  const popular = new Set(sets.dataset.popular.split(" "));
  const wants = { all: () => true, none: () => false, popular: (box) => popular.has(box.value) };
  let timer = 0;

  function show() {
    if (!frame) return;
    const query = boxes.filter((box) => box.checked).map((box) => "category=" + encodeURIComponent(box.value));
    // replace() and not src: choosing must not fill the browser's history.
    frame.contentWindow.location.replace(form.dataset.preview + "?" + query.join("&"));
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(show, 250);
  }

  const zone = form.querySelector('input[name="time_zone"]');
  if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || ""; // old browsers don't know it

  sets.hidden = false;
  form.classList.add("scripted");
  sets.addEventListener("click", (event) => {
    const wanted = wants[event.target.dataset.set];
    if (!wanted) return;
    for (const box of boxes) box.checked = wanted(box);
    soon();
  });
  form.addEventListener("change", soon);
  const problem = form.querySelector('[role="alert"]');
  if (problem) problem.focus();
})();
