// Links to items copy their address. Without this, or where a browser forbids it, they are plain links.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const said = document.querySelector(".said");
  if (!navigator.clipboard) return;
  for (const link of document.querySelectorAll(".tools .share")) link.textContent = words.copy;
  for (const link of document.querySelectorAll(".anchor.share")) link.ariaLabel = words.copy;
  let timer = 0;

  function tell(link) {
    clearTimeout(timer);
    said.textContent = words.copied;
    timer = setTimeout(() => { said.textContent = ""; }, 2500);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".share");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigator.clipboard.writeText(link.href).then(() => tell(link), () => { location.href = link.href; });
  });
})();
