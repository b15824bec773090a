// The keys of the review page: j and k go from section to section, a letter is the order that a button shows.
import { isTyping, root, saved } from "./page.js";
import { save } from "./saving.js";

const sections = () => [...root.querySelectorAll(".desk-section, .desk-left-out")];
let here = null; // the section that the keys are about

export function goTo(section) {
  if (!section) return;
  here = section;
  section.focus({ preventScroll: true });
  section.scrollIntoView({ block: "start" });
  markInContents();
}

function markInContents() {
  for (const link of root.querySelectorAll(".desk-contents a")) {
    link.parentElement.classList.toggle("here", Boolean(here) && link.hash === `#${here.id}`);
  }
}

function press(e, button) {
  if (!button) return;
  e.preventDefault(); // the letter is an order, not the first one of a hint
  if (button.disabled) saved.textContent = button.textContent; // it says why
  else button.click();
  if (button.matches("summary") && button.parentElement.open) button.parentElement.querySelector("[name=hint]").focus();
}

function leaveField(field) {
  field.blur();
  if (here) here.focus({ preventScroll: true });
}

function followKey(e) {
  const all = sections(), at = all.indexOf(here);
  if (e.key === "j") goTo(all[at + 1]);
  else if (e.key === "k") goTo(all[Math.max(at - 1, 0)]);
  else if (e.key === "e" && here) { e.preventDefault(); here.querySelector("textarea")?.focus(); }
  else if (e.key === "A") document.querySelector("#sign button")?.click();
  else if (here) press(e, here.querySelector(`[data-key="${CSS.escape(e.key)}"]`));
}

root.addEventListener("focusin", (e) => {
  const section = e.target.closest(".desk-section");
  if (!section) return;
  here = section;
  markInContents();
});
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape" && isTyping(e.target)) leaveField(e.target);
  else if ((e.ctrlKey || e.metaKey) && e.key === "s" && e.target.matches("[data-saves]")) { e.preventDefault(); save(e.target); }
  else if (!isTyping(e.target) && !e.ctrlKey && !e.metaKey && !e.altKey) followKey(e);
});
