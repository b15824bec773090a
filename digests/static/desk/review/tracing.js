// Numbers and names of a text, found in the sources beside it: pointed at, they are marked there.
import { root, textNodes } from "./page.js";

const TOKEN = /\d[\d.,]*\d%?|\d+%?|[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*[A-Z0-9][A-Za-z0-9-]*|[A-Z][a-z]{3,}/g;
const PLAIN = /^\d$/; // the number of a list says nothing
const HEADINGS = "h1, h2, h3, h4, h5, h6"; // these are ours
const MARGIN_PIXELS = 40; // left above a mark that is scrolled into view

const sourceTexts = (section) => [...section.querySelectorAll(".source-title, .abstract")];

export function markTokens(section) {
  const all = sourceTexts(section).map((one) => one.textContent).join("\n");
  const nodes = textNodes(section.querySelector(".shown")).filter((node) => !node.parentElement.closest(HEADINGS));
  for (const node of nodes) {
    const pieces = document.createDocumentFragment();
    let end = 0;
    for (const match of node.data.matchAll(TOKEN)) {
      if (PLAIN.test(match[0])) continue;
      pieces.append(node.data.slice(end, match.index), makeToken(match[0], all.includes(match[0])));
      end = match.index + match[0].length;
    }
    if (!end) continue;
    pieces.append(node.data.slice(end));
    node.replaceWith(pieces);
  }
}

function makeToken(words, isInSources) {
  const span = document.createElement("span");
  span.className = isInSources ? "trace" : "trace absent";
  span.tabIndex = 0;
  if (!isInSources) span.title = root.dataset.absent;
  span.textContent = words;
  return span;
}

function markInSources(section, words) {
  removeMarks();
  let first = null;
  for (const one of sourceTexts(section)) {
    const parts = one.textContent.split(words);
    if (parts.length < 2) continue;
    originals.set(one, [...one.childNodes]);
    one.replaceChildren(...parts.flatMap((part, n) => {
      if (!n) return [part];
      const mark = document.createElement("mark");
      mark.textContent = words;
      first ??= mark;
      return [mark, part];
    }));
  }
  if (first) scrollInside(section.querySelector(".sources > ol"), first);
}

// A source has marks of its own (the passages that sentences rest on): they come back when the words are no longer marked.
const originals = new Map(); // element -> its nodes

function removeMarks() {
  for (const [one, nodes] of originals) one.replaceChildren(...nodes);
  originals.clear();
}

function scrollInside(list, mark) {
  const box = mark.getBoundingClientRect(), frame = list.getBoundingClientRect();
  if (box.top < frame.top || box.bottom > frame.bottom) list.scrollTop += box.top - frame.top - MARGIN_PIXELS;
}

for (const event of ["mouseover", "focusin", "click"]) {
  root.addEventListener(event, (e) => {
    const token = e.target.closest(".trace");
    if (token) markInSources(token.closest(".desk-section"), token.textContent);
  });
}
