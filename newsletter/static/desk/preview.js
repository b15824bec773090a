// A choice shows its email at once; a reader's address waits for Enter.
"use strict";
document.getElementById("choices")?.addEventListener("change", (e) => {
  const form = e.currentTarget, reader = form.elements.reader;
  if (e.target.name === "category" && reader) reader.value = "";
  if (e.target !== reader) form.requestSubmit();
});
