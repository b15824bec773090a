// A section as readers see it: rendered by the server shortly after a pause in typing, then marked.
import { markFaults } from "./findings.js";
import { holder, post, root } from "./page.js";
import { markTokens } from "./tracing.js";

const PAUSE_MILLISECONDS = 250;
const timers = new Map(); // field -> timer of its next rendering

export function show(field) {
  if (field.name !== "text") return;
  clearTimeout(timers.get(field));
  timers.set(field, setTimeout(() => render(field), PAUSE_MILLISECONDS));
}

async function render(field) {
  const section = holder(field), values = { section: section.dataset.section, text: field.value };
  const response = await post(root.dataset.render, values).catch(() => null);
  if (response && response.ok) draw(section, (await response.json()).html);
}

export function draw(section, html, evidence) {
  section.querySelector(".shown").innerHTML = html; // sanitized by the server
  if (evidence !== undefined) drawEvidence(section.querySelector(".proofs"), evidence);
  markAll(section);
}

export function markAll(section) {
  markFaults(section);
  markTokens(section);
}

function drawEvidence(box, html) {
  const isOpen = box.querySelector("details")?.open;
  box.innerHTML = html;
  if (isOpen) box.querySelector("details")?.setAttribute("open", "");
}
