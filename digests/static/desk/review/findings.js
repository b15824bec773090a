// What a gate found: a list below the section, a mark where it stands in the text, and a click that selects the words.
import { root, textNodes } from "./page.js";

const LONGEST_FAULT = 200; // what is wrong with more than that is wrong with the whole text

// The server counts characters, a field counts halves of an emoji.
const characters = (field) => [...field.value];

export function listFindings(row, findings) {
  const list = row.querySelector(".findings");
  list.hidden = !findings.length;
  list.replaceChildren(...findings.map((one) => {
    const item = document.createElement("li"), button = document.createElement("button");
    item.className = one.weight;
    item.dataset.start = one.start;
    item.dataset.end = one.end;
    button.type = "button";
    button.className = "link show-finding";
    button.textContent = one.text;
    item.append(button);
    return item;
  }));
}

export function markFaults(section) {
  const letters = characters(section.querySelector("textarea"));
  for (const one of section.querySelectorAll(".findings li")) {
    const words = letters.slice(one.dataset.start, one.dataset.end).join("").trim();
    if (!words || words.length > LONGEST_FAULT) continue;
    const node = textNodes(section.querySelector(".shown"))
      .find((text) => text.data.includes(words) && !text.parentElement.closest(".fault"));
    if (node) markWords(node, words, one);
  }
}

function markWords(node, words, finding) {
  const at = node.data.indexOf(words), range = document.createRange(), mark = document.createElement("mark");
  range.setStart(node, at);
  range.setEnd(node, at + words.length);
  mark.className = `fault ${finding.className}`;
  mark.title = finding.textContent.trim();
  range.surroundContents(mark);
}

root.addEventListener("click", (e) => {
  const button = e.target.closest(".show-finding");
  if (!button) return;
  const { start, end } = button.closest("li").dataset;
  const field = button.closest(".desk-section").querySelector("textarea");
  const letters = characters(field);
  field.focus();
  field.setSelectionRange(letters.slice(0, start).join("").length, letters.slice(0, end).join("").length);
});
