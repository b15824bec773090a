// Saves what is typed: one field after the other, each on the version that the last save left; nobody's words are overwritten.
import { listFindings } from "./findings.js";
import { holder, post, root, saved } from "./page.js";
import { draw, show } from "./shown.js";

const PAUSE_MILLISECONDS = 700; // a pause in typing
const RETRY_MILLISECONDS = 5000; // until an unreachable server is tried again
const fingerprint = document.getElementById("fingerprint");
const waiting = new Map(); // field -> timer of its next save
let underWay = 0; // saves that were begun and not answered yet
let running = Promise.resolve();

export const isSaving = () => underWay > 0;

// The place of words that stand nowhere else yet: a conflict, a value that was refused, or a field whose save is to come.
export const findUnsaved = () =>
  root.querySelector(".conflict:not([hidden]), [aria-invalid]") || [...waiting.keys()][0];

const saveAll = () => Promise.all([running, ...[...waiting.keys()].map(save)]);

export function save(field) {
  clearTimeout(waiting.get(field));
  waiting.delete(field);
  underWay += 1;
  running = running.then(() => saveNow(field)).finally(() => { underWay -= 1; });
  return running;
}

function saveLater(field, milliseconds) {
  clearTimeout(waiting.get(field));
  waiting.set(field, setTimeout(() => save(field), milliseconds));
}

async function saveNow(field) {
  const row = holder(field);
  const values = { name: field.name, value: field.value, seen: row.dataset.version };
  values.fingerprint = fingerprint ? fingerprint.value : "";
  if (row.dataset.section) values.section = row.dataset.section;
  let response, answer;
  try {
    response = await post(root.dataset.save, values);
    answer = await response.json();
  } catch {
    saved.textContent = root.dataset.failed;
    saveLater(field, RETRY_MILLISECONDS);
    return;
  }
  if (response.status === 409) showConflict(field, answer);
  else if (!response.ok) refuse(field, answer.error);
  else accept(field, row, answer);
}

function refuse(field, error) {
  saved.textContent = error;
  field.setAttribute("aria-invalid", "true");
}

function accept(field, row, answer) {
  field.removeAttribute("aria-invalid");
  row.dataset.version = answer.version;
  if (fingerprint) {
    if (!answer.fingerprint) document.getElementById("stale").hidden = false;
    fingerprint.value = answer.fingerprint;
  }
  voidApproval();
  if (answer.verdict !== undefined && answer.verdict !== "good" && row.classList.contains("good")) {
    row.classList.remove("good");
    row.querySelector(".verdict").textContent = "";
  }
  if (answer.findings) {
    listFindings(row, answer.findings);
    if (field.value === answer.value) draw(row, answer.html, answer.evidence);
  }
  if (!waiting.size) saved.textContent = root.dataset.saved;
}

// The buttons above are those of an approved digest; a change has taken the approval back.
function voidApproval() {
  const approved = document.getElementById("approved");
  if (!approved) return;
  approved.remove();
  document.getElementById("to-schedule")?.remove();
  document.getElementById("sign")?.remove();
  document.getElementById("state").textContent = root.dataset.review;
  document.getElementById("state").className = "badge in_review";
  document.getElementById("voided").hidden = false;
}

// Somebody else changed the field meanwhile: both texts are shown, and the editor takes one.
function showConflict(field, answer) {
  saved.textContent = answer.error;
  const row = holder(field), box = row.querySelector(".conflict");
  box.replaceChildren(document.getElementById("conflict").content.cloneNode(true));
  box.querySelector("[data-by]").textContent = answer.by || "";
  box.querySelector("[data-theirs]").textContent = answer.value;
  box.querySelector("[data-take]").addEventListener("click", () => {
    field.value = answer.value;
    row.dataset.version = answer.version;
    box.hidden = true;
    show(field);
    field.focus();
  });
  box.querySelector("[data-put]").addEventListener("click", () => {
    row.dataset.version = answer.version;
    box.hidden = true;
    save(field);
    field.focus();
  });
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

root.addEventListener("input", (e) => {
  if (!e.target.matches("[data-saves]")) return;
  saveLater(e.target, PAUSE_MILLISECONDS);
  saved.textContent = root.dataset.saving;
  show(e.target);
});
// Only what waits: a field that was saved already may be somebody else's by now.
root.addEventListener("change", (e) => { if (waiting.has(e.target)) save(e.target); });

// An order waits for the words that were typed before it, and is not carried out where they could not be kept.
root.addEventListener("submit", async (e) => {
  if (e.target.dataset.ready || !(isSaving() || findUnsaved())) return;
  e.preventDefault();
  const button = e.submitter;
  await saveAll();
  const lost = findUnsaved();
  if (lost) { // the page would be left with words that stand nowhere else
    lost.scrollIntoView({ block: "center" });
    return;
  }
  e.target.dataset.ready = "1";
  e.target.requestSubmit(button);
});
window.addEventListener("beforeunload", (e) => { if (isSaving() || findUnsaved()) e.preventDefault(); });
