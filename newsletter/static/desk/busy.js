// Orders: one click is one order, and what takes a while says so, with a bar that moves; then the next step of what is done
// in several. Figures and answers that take a while: they come after the page.
"use strict";
(() => {
  const working = document.currentScript.dataset.working;
  const SOON = 700; // ms: what is answered by then needs no sign
  const sent = new Set();

  function tell(words, put) {
    const note = document.createElement("div");
    note.className = "desk-note busy";
    note.setAttribute("role", "status");
    const bar = document.createElement("progress");
    bar.className = "desk";
    bar.setAttribute("aria-label", words);
    note.append(words, bar);
    put(note);
  }
  // Last of all that listen: a page may hold an order back, to ask or to save first.
  addEventListener("submit", (e) => {
    const form = e.target, elsewhere = "stays" in form.dataset || e.submitter?.formTarget || form.target; // a file, another tab
    if (e.defaultPrevented || elsewhere || !(form.method === "post" || form.dataset.busy)) return;
    if (sent.has(form) || (e.submitter?.dataset.sure && !confirm(e.submitter.dataset.sure))) return e.preventDefault();
    sent.add(form);
    // Not disabled: the focus stays where it is.
    for (const button of form.querySelectorAll("button, [type=submit]")) button.setAttribute("aria-disabled", "true");
    if (form.dataset.busy) tell(form.dataset.busy, (note) => form.after(note));
    else if (!("goOn" in form.dataset)) setTimeout(() => tell(working, (note) => { note.classList.add("floating"); document.body.append(note); }), SOON);
  });
  addEventListener("pageshow", (e) => { if (e.persisted && sent.size) location.reload(); }); // back from another page
  document.querySelector("form[data-go-on]")?.requestSubmit();

  const ask = (address) =>
    fetch(address, { credentials: "same-origin" })
      .then((response) => (response.ok && !response.redirected ? response.text() : Promise.reject(response)));
  for (const place of document.querySelectorAll("[data-later]"))
    ask(place.dataset.later)
      .then((html) => { place.innerHTML = html; })
      .catch(() => {
        const [bar, failed] = place.children;
        bar.hidden = true;
        failed.hidden = false;
      });
  const AGAIN = 4000; // ms between two looks at what the clock is doing
  async function look(place) {
    if (!place.querySelector("[data-wait]")) return;
    const html = await ask(place.dataset.again).catch(() => null);
    if (html !== null && html !== place.dataset.seen) {
      place.innerHTML = html;
      place.dataset.seen = html;
    }
    setTimeout(look, AGAIN, place);
  }
  for (const place of document.querySelectorAll("[data-again]")) setTimeout(look, AGAIN, place);
})();
