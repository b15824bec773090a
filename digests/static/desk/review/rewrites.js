// Texts that the model writes again: the page asks until they are there, and loads itself again where nobody is typing.
import { isTyping, root } from "./page.js";
import { findUnsaved, isSaving, save } from "./saving.js";
import { show } from "./shown.js";

const POLL_MILLISECONDS = 1000;

const openBoxes = () => [...root.querySelectorAll(".wish[data-open]")];

export async function watchRewrites() {
  if (!openBoxes().length) return;
  const response = await fetch(root.dataset.wishes).catch(() => null);
  const open = response && response.ok ? (await response.json()).open : null;
  if (open) for (const box of openBoxes()) showProgress(box, open[box.dataset.open]);
  setTimeout(watchRewrites, POLL_MILLISECONDS);
}

function showProgress(box, rewrite) {
  if (!rewrite) { showAnswer(box); return; }
  box.querySelector(".tell").textContent = rewrite.started ? root.dataset.writes : root.dataset.waits;
  box.querySelector(".seconds").textContent = root.dataset.seconds.replace("{n}", rewrite.seconds);
}

function showAnswer(box) {
  box.removeAttribute("data-open");
  if (!findUnsaved() && !isSaving() && !isTyping(document.activeElement)) { location.reload(); return; }
  box.querySelector(".tell").textContent = root.dataset.answered;
  box.querySelector(".seconds").textContent = "";
  for (const one of box.querySelectorAll("progress, [value=cancel], [data-reload]")) one.hidden = !one.hidden;
}

root.addEventListener("click", (e) => {
  if (!e.target.matches("[data-take-wish]")) return;
  const box = e.target.closest(".wish"), field = box.closest(".desk-section").querySelector("textarea");
  field.value = box.querySelector("pre").textContent;
  box.hidden = true;
  show(field);
  save(field);
  field.focus();
});
root.addEventListener("click", (e) => {
  if (e.target.matches("[data-reload]")) location.reload();
  if (!e.target.matches(".rewrite summary")) return;
  const details = e.target.parentElement;
  // The letters of a hint follow the key at once: no waiting for the event that says that it is open.
  setTimeout(() => details.open && details.querySelector("[name=hint]").focus());
});
