// The parts of the review page that every module needs, and how it talks to the server.
export const root = document.getElementById("review");
export const saved = document.getElementById("saved"); // the line that says whether all is kept
const csrf = root.querySelector("[name=csrfmiddlewaretoken]").value;

export const post = (url, values) =>
  fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(values) });

// A section, or the fields of the whole digest: what has a version of its own.
export const holder = (field) => field.closest("[data-version]");

export const isTyping = (target) => target.matches("input, textarea, select, [contenteditable]");

export function textNodes(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
}
