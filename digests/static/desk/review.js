// The review page while an editor works: saves what is typed, shows it as readers see it, and finds it in the sources.
"use strict";
(() => {
  const root = document.getElementById("review");
  const csrf = root.querySelector("[name=csrfmiddlewaretoken]").value;
  const saved = document.getElementById("saved");
  const fingerprint = document.getElementById("fingerprint");
  const waiting = new Map(); // field -> timer of its next save
  let under_way = 0; // saves that were asked for and not answered yet
  let running = Promise.resolve(); // saves go one after the other, each on the version that the last one left

  const post = (url, values) =>
    fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(values) });
  const holder = (field) => field.closest("[data-version]");

  // Saving
  function later(field) {
    clearTimeout(waiting.get(field));
    waiting.set(field, setTimeout(() => save(field), 700)); // a pause in typing
    saved.textContent = root.dataset.saving;
  }
  function save(field) {
    clearTimeout(waiting.get(field));
    waiting.delete(field);
    under_way += 1;
    running = running.then(() => saveNow(field)).finally(() => { under_way -= 1; });
    return running;
  }
  async function saveNow(field) {
    const row = holder(field);
    const values = { name: field.name, value: field.value, seen: row.dataset.version, fingerprint: fingerprint ? fingerprint.value : "" };
    if (row.dataset.section) values.section = row.dataset.section;
    let response, answer;
    try {
      response = await post(root.dataset.save, values);
      answer = await response.json();
    } catch {
      saved.textContent = root.dataset.failed;
      waiting.set(field, setTimeout(() => save(field), 5000));
      return;
    }
    if (response.status === 409) return conflict(field, answer);
    if (!response.ok) { saved.textContent = answer.error; field.setAttribute("aria-invalid", "true"); return; }
    field.removeAttribute("aria-invalid");
    row.dataset.version = answer.version;
    if (fingerprint) {
      if (!answer.fingerprint) document.getElementById("stale").hidden = false;
      fingerprint.value = answer.fingerprint;
    }
    const approved = document.getElementById("approved");
    if (approved) { // the buttons above are those of an approved digest
      approved.remove();
      document.getElementById("to-schedule")?.remove();
      document.getElementById("sign")?.remove();
      document.getElementById("state").textContent = root.dataset.review;
      document.getElementById("state").className = "badge in_review";
      document.getElementById("voided").hidden = false;
    }
    if (answer.verdict !== undefined && answer.verdict !== "good" && row.classList.contains("good")) {
      row.classList.remove("good");
      row.querySelector(".verdict").textContent = "";
    }
    if (answer.findings) {
      tellFindings(row, answer.findings);
      if (field.value === answer.value) draw(row, answer.html);
    }
    if (!waiting.size) saved.textContent = root.dataset.saved;
  }
  function conflict(field, answer) {
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

  // As readers see it
  const shows = new Map();
  function show(field) {
    if (field.name !== "text") return;
    clearTimeout(shows.get(field));
    shows.set(field, setTimeout(async () => {
      const section = holder(field);
      const response = await post(root.dataset.render, { section: section.dataset.section, text: field.value }).catch(() => null);
      if (response && response.ok) draw(section, (await response.json()).html);
    }, 250));
  }
  function draw(section, html) {
    section.querySelector(".shown").innerHTML = html; // sanitized by the server
    faults(section);
    trace(section);
  }

  // What a gate found, marked where it stands
  const LONGEST_FAULT = 200; // what is wrong with more than that is wrong with the whole text
  function faults(section) {
    const letters = [...section.querySelector("textarea").value]; // the server counts characters, a field counts halves of an emoji
    for (const one of section.querySelectorAll(".findings li")) {
      const words = letters.slice(one.dataset.start, one.dataset.end).join("").trim();
      if (!words || words.length > LONGEST_FAULT) continue;
      const walker = document.createTreeWalker(section.querySelector(".shown"), NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const node = walker.currentNode, at = node.data.indexOf(words);
        if (at < 0 || node.parentElement.closest(".fault")) continue;
        const range = document.createRange(), found = document.createElement("mark");
        range.setStart(node, at);
        range.setEnd(node, at + words.length);
        found.className = `fault ${one.className}`;
        found.title = one.textContent.trim();
        range.surroundContents(found);
        break;
      }
    }
  }

  // Numbers and names, found in the sources
  const TOKEN = /\d[\d.,]*\d%?|\d+%?|[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*[A-Z0-9][A-Za-z0-9-]*|[A-Z][a-z]{3,}/g;
  const PLAIN = /^\d$/; // the number of a list says nothing
  function texts(section) { return [...section.querySelectorAll(".source-title, .abstract")]; }
  function trace(section) {
    const all = texts(section).map((one) => one.textContent).join("\n");
    const walker = document.createTreeWalker(section.querySelector(".shown"), NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("h1, h2, h3, h4, h5, h6")) nodes.push(walker.currentNode); // headings are ours
    for (const node of nodes) {
      const pieces = document.createDocumentFragment();
      let end = 0;
      for (const match of node.data.matchAll(TOKEN)) {
        if (PLAIN.test(match[0])) continue;
        pieces.append(node.data.slice(end, match.index));
        const span = document.createElement("span");
        const there = all.includes(match[0]);
        span.className = there ? "trace" : "trace absent";
        span.tabIndex = 0;
        if (!there) span.title = root.dataset.absent;
        span.textContent = match[0];
        pieces.append(span);
        end = match.index + match[0].length;
      }
      if (end) { pieces.append(node.data.slice(end)); node.replaceWith(pieces); }
    }
  }
  function unmark(section) {
    for (const one of section.querySelectorAll(".sources mark")) { const parent = one.parentNode; one.replaceWith(one.textContent); parent.normalize(); }
  }
  function mark(section, words) {
    unmark(section);
    let first = null;
    for (const one of texts(section)) {
      const parts = one.textContent.split(words);
      if (parts.length < 2) continue;
      one.replaceChildren(...parts.flatMap((part, n) => {
        if (!n) return [part];
        const found = document.createElement("mark");
        found.textContent = words;
        first ??= found;
        return [found, part];
      }));
    }
    if (first) {
      const list = section.querySelector(".sources > ol"), box = first.getBoundingClientRect(), frame = list.getBoundingClientRect();
      if (box.top < frame.top || box.bottom > frame.bottom) list.scrollTop += box.top - frame.top - 40;
    }
  }
  for (const event of ["mouseover", "focusin", "click"])
    root.addEventListener(event, (e) => {
      const token = e.target.closest(".trace");
      if (token) mark(token.closest(".desk-section"), token.textContent);
    });

  // Texts that the model writes anew: the page looks until they are there, and is loaded anew where nobody is typing
  const wishes = () => [...root.querySelectorAll(".wish[data-open]")];
  async function watch() {
    const response = await fetch(root.dataset.wishes).catch(() => null);
    const open = response && response.ok ? (await response.json()).open : null;
    if (open) {
      for (const box of wishes()) {
        const now = open[box.dataset.open];
        if (!now) { answered(box); continue; }
        box.querySelector(".tell").textContent = now.started ? root.dataset.writes : root.dataset.waits;
        box.querySelector(".seconds").textContent = root.dataset.seconds.replace("{n}", now.seconds);
      }
    }
    if (wishes().length) setTimeout(watch, 1000);
  }
  function answered(box) {
    box.removeAttribute("data-open");
    if (!unsaved() && !under_way && !typing(document.activeElement)) return location.reload();
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
    // The letters of a hint follow the key at once: no waiting for the event that says that it is open.
    if (e.target.matches(".rewrite summary")) setTimeout(() => e.target.parentElement.open && e.target.parentElement.querySelector("[name=hint]").focus());
  });

  // Findings: show the words in the text
  function tellFindings(row, findings) {
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
  root.addEventListener("click", (e) => {
    const button = e.target.closest(".show-finding");
    if (!button) return;
    const { start, end } = button.closest("li").dataset;
    const field = button.closest(".desk-section").querySelector("textarea");
    const letters = [...field.value];
    field.focus();
    field.setSelectionRange(letters.slice(0, start).join("").length, letters.slice(0, end).join("").length);
  });

  // Keys
  const sections = () => [...root.querySelectorAll(".desk-section, .desk-left-out")];
  const typing = (target) => target.matches("input, textarea, select, [contenteditable]");
  let here = null;
  function go(to) {
    if (!to) return;
    here = to;
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "start" });
    tell();
  }
  function tell() {
    for (const link of root.querySelectorAll(".desk-contents a")) link.parentElement.classList.toggle("here", Boolean(here) && link.hash === `#${here.id}`);
  }
  function order(e, button) {
    if (!button) return;
    e.preventDefault(); // the letter is an order, not the first one of a hint
    if (button.disabled) saved.textContent = button.textContent; // it says why
    else button.click();
    if (button.matches("summary") && button.parentElement.open) button.parentElement.querySelector("[name=hint]").focus();
  }
  root.addEventListener("focusin", (e) => { const section = e.target.closest(".desk-section"); if (section) { here = section; tell(); } });
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && typing(e.target)) { e.target.blur(); if (here) here.focus({ preventScroll: true }); return; }
    if ((e.ctrlKey || e.metaKey) && e.key === "s" && e.target.matches("[data-saves]")) { e.preventDefault(); save(e.target); return; }
    if (typing(e.target) || e.ctrlKey || e.metaKey || e.altKey) return;
    const all = sections(), at = all.indexOf(here);
    if (e.key === "j") go(all[at + 1]);
    else if (e.key === "k") go(all[Math.max(at - 1, 0)]);
    else if (e.key === "e" && here) { e.preventDefault(); here.querySelector("textarea")?.focus(); }
    else if (e.key === "A") document.querySelector("#sign button")?.click();
    else if (here) order(e, here.querySelector(`[data-key="${CSS.escape(e.key)}"]`));
  });

  root.addEventListener("input", (e) => { if (e.target.matches("[data-saves]")) { later(e.target); show(e.target); } });
  root.addEventListener("change", (e) => { if (waiting.has(e.target)) save(e.target); }); // what was saved already may be somebody else's by now
  // An order waits for the words that were typed before it, and is not carried out where they could not be kept.
  const unsaved = () => root.querySelector(".conflict:not([hidden]), [aria-invalid]") || [...waiting.keys()][0];
  root.addEventListener("submit", async (e) => {
    if (e.target.dataset.ready || !(under_way || unsaved())) return;
    e.preventDefault();
    const button = e.submitter;
    await Promise.all([running, ...[...waiting.keys()].map(save)]);
    const lost = unsaved();
    if (lost) { lost.scrollIntoView({ block: "center" }); return; } // the page would be left with words that stand nowhere else
    e.target.dataset.ready = "1";
    e.target.requestSubmit(button);
  });
  window.addEventListener("beforeunload", (e) => { if (under_way || unsaved()) e.preventDefault(); });
  for (const section of root.querySelectorAll(".desk-section")) { faults(section); trace(section); }
  if (wishes().length) watch();
  if (location.hash) history.scrollRestoration = "manual"; // the place is known by its name
  if (location.hash) go(document.getElementById(location.hash.slice(1)));
})();
