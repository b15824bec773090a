// What a publication's page does better with a script: choose many at once, show what the choice brings, tell the time zone.
"use strict";
(() => {
  const form = document.querySelector("form[data-page]");
  if (!form) return;
  const boxes = [...form.querySelectorAll('input[name="category"]')];
  const live = [...form.querySelectorAll("[data-live]")];
  const sets = form.querySelector(".sets");
  let timer = 0, turn = 0;

  // The page itself says in all languages what a choice brings: the same page for these categories has the parts that change.
  async function show() {
    const chosen = boxes.filter((box) => box.checked).map((box) => ["category", box.value]);
    const query = new URLSearchParams(chosen.length ? chosen : [["category", ""]]);
    const mine = ++turn;
    for (const part of live) part.setAttribute("aria-busy", "true"); // and so it stays where the network fails
    const answer = await fetch(`${form.dataset.page}?${query}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== turn || !answer.ok) return;
    for (const part of live) {
      part.replaceChildren(...(page.getElementById(part.id)?.childNodes ?? []));
      part.removeAttribute("aria-busy");
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(() => show().catch(() => {}), 150);
  }

  const zone = form.querySelector('input[name="time_zone"]');
  if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || ""; // old browsers don't know it

  form.querySelector("#chosen").hidden = false;
  if (sets) {
    const popular = new Set(sets.dataset.popular.split(" "));
    const wants = { all: () => true, none: () => false, popular: (box) => popular.has(box.value) };
    sets.hidden = false;
    sets.addEventListener("click", (event) => {
      const wanted = wants[event.target.dataset.set];
      if (!wanted) return;
      for (const box of boxes) box.checked = wanted(box);
      soon();
    });
  }
  form.addEventListener("change", (event) => { if (boxes.includes(event.target)) soon(); });
  // A browser that comes back to the page ticks the boxes as they were left.
  addEventListener("pageshow", () => { if (boxes.some((box) => box.checked !== box.defaultChecked)) soon(); });
})();
