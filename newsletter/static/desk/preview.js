// A choice shows its email at once; a reader's address waits for Enter.
"use strict";
document.getElementById("choices")?.addEventListener("change", (e) => {
  const form = e.currentTarget, reader = form.elements.reader;
  if (e.target.name === "category" && reader) reader.value = "";
  if (e.target !== reader) form.requestSubmit();
});
// How large the largest email is that a reader will get: counted while the page is there already.
(async () => {
  const box = document.getElementById("in-use");
  if (!box) return;
  const [value, words] = box.querySelectorAll("dd");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const response = await fetch(box.dataset.sets, { credentials: "same-origin" }).catch(() => null);
  if (!response || !response.ok) { value.textContent = box.dataset.failed; return; }
  const found = await response.json();
  if (!found.sets) { value.textContent = box.dataset.none; return; }
  const link = document.createElement("a");
  link.href = `?${found.query}`;
  link.textContent = `${number.format(found.size)} B`;
  value.replaceChildren(link);
  words.textContent = found.words;
  box.classList.toggle("wrong", !found.fits);
})();
