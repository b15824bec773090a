// Orders that take a while: a bar that moves, no second click, and the next step of what is done in several.
// Figures that take a while: they come after the page.
"use strict";
for (const form of document.querySelectorAll("form[data-busy]"))
  form.addEventListener("submit", () => {
    const note = document.createElement("div");
    note.className = "desk-note busy";
    note.setAttribute("role", "status");
    const bar = document.createElement("progress");
    bar.className = "desk";
    bar.setAttribute("aria-label", form.dataset.busy);
    note.append(form.dataset.busy, bar);
    form.after(note);
    setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; }); // after it was sent
  });
addEventListener("pageshow", (e) => { if (e.persisted && document.querySelector(".busy")) location.reload(); }); // back from another page
document.querySelector("form[data-go-on]")?.requestSubmit();
for (const place of document.querySelectorAll("[data-later]"))
  fetch(place.dataset.later, { credentials: "same-origin" })
    .then((response) => (response.ok && !response.redirected ? response.text() : Promise.reject(response)))
    .then((html) => { place.innerHTML = html; })
    .catch(() => {
      const [bar, failed] = place.children;
      bar.hidden = true;
      failed.hidden = false;
    });
