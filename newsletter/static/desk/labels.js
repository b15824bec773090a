// What Django's own pages leave without a name for screen readers gets the name that stands beside it.
"use strict";
addEventListener("load", () => {
  const text = (element) => element?.textContent.trim().replace(/:$/, "") ?? "";
  for (const hint of document.querySelectorAll(".help-tooltip[aria-label]")) hint.setAttribute("role", "img");
  for (const field of document.querySelectorAll("p.datetime input")) {
    const row = field.closest(".form-row, .fieldset, td");
    const which = text(field.previousSibling?.nodeType === Node.TEXT_NODE ? field.previousSibling : null);
    if (!field.labels.length) field.setAttribute("aria-label", `${text(row?.querySelector("legend, label"))} ${which}`.trim());
  }
  for (const field of document.querySelectorAll("#result_list td input, #result_list td select")) {
    const head = document.querySelectorAll("#result_list thead th")[field.closest("td, th").cellIndex];
    const row = text(field.closest("tr").querySelector("th"));
    if (!field.labels.length && field.type !== "hidden" && !field.ariaLabel) field.setAttribute("aria-label", `${text(head?.querySelector(".text") ?? head)} ${row}`.trim());
  }
  // What scrolls has to be reached by the keyboard.
  for (const box of document.querySelectorAll(".desk-scroll, .inline-group .tabular fieldset, .inline-group .tabular, .results"))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  const search = document.getElementById("searchbar");
  search?.setAttribute("aria-label", search.form.querySelector("input[type=submit]")?.value ?? "");
});
