// The mailing's page: figures move while it is sending; the page is reloaded when its state changes.
"use strict";
(() => {
  const page = document.getElementById("mailing");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  async function look() {
    await show();
    setTimeout(look, 2000); // after the answer: figures of a million rows may take a while
  }
  async function show() {
    const response = await fetch(page.dataset.figures, { credentials: "same-origin" }).catch(() => null);
    if (!response || !response.ok) return;
    const now = await response.json();
    if (now.state !== page.dataset.state) return location.reload(); // other buttons
    document.getElementById("bar").value = now.percent;
    for (const cell of page.querySelectorAll("[data-count]")) {
      const n = now.counts[cell.dataset.count], mood = cell.parentElement.dataset.mood;
      cell.textContent = number.format(n);
      if (mood) cell.parentElement.classList.toggle(mood, n > 0);
    }
    const words = [];
    if (now.per_minute) words.push(page.dataset.perMinute.replace("{n}", number.format(now.per_minute)));
    if (now.minutes_left) words.push(page.dataset.left.replace("{n}", number.format(now.minutes_left)));
    document.getElementById("rate").textContent = words.join(" · ");
    for (const [id, said] of [["waits", now.waits_for], ["later", now.later]]) {
      const note = document.getElementById(id);
      note.textContent = said;
      note.hidden = !said;
    }
  }
  if (page.dataset.state !== "done") setTimeout(look, 2000);
})();
