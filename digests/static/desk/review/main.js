// The review page while an editor works: saves what is typed, shows it as readers see it, and finds it in the sources.
import { goTo } from "./keys.js";
import { root } from "./page.js";
import { watchRewrites } from "./rewrites.js";
import { markAll } from "./shown.js";

for (const section of root.querySelectorAll(".desk-section")) markAll(section);
watchRewrites();
if (location.hash) {
  history.scrollRestoration = "manual"; // the place is known by its name
  goTo(document.getElementById(location.hash.slice(1)));
}
