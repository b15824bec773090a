// Solves the sign-up's puzzle: which number stood behind the salt before both were hashed? Works as page and as worker.
"use strict";
(() => {
  // SHA-256 of short ASCII texts. The browser's own is not there over plain http, and waits for a promise at every number.
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
  const K = primes.map((p) => fraction(Math.cbrt(p)));
  const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const W = new Int32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  function hash(text) {
    const words = new Int32Array(((text.length + 72) >> 6) << 4);
    for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - (i & 3) * 8);
    words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
    words[words.length - 1] = text.length * 8;
    const H = Int32Array.from(START);
    for (let block = 0; block < words.length; block += 16) {
      for (let t = 0; t < 64; t++) {
        if (t < 16) { W[t] = words[block + t]; continue; }
        const x = W[t - 15], y = W[t - 2];
        W[t] = W[t - 16] + W[t - 7] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = H;
      for (let t = 0; t < 64; t++) {
        const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + W[t]) | 0;
        const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((x, i) => { H[i] += x; });
    }
    return H;
  }
  const hex = (H) => Array.from(H, (x) => (x >>> 0).toString(16).padStart(8, "0")).join("");

  function solve({ salt, challenge, maxnumber, algorithm, signature }) {
    const first = parseInt(challenge.slice(0, 8), 16) | 0;
    for (let number = 0; number <= maxnumber; number++) {
      const H = hash(salt + number);
      if (H[0] === first && hex(H) === challenge) return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    }
    return "";
  }

  if (typeof document === "undefined") {
    onmessage = (event) => postMessage(solve(event.data));
    return;
  }
  const field = document.querySelector("input[data-puzzle]");
  if (!field) return;
  const form = field.form, status = field.nextElementSibling, source = document.currentScript.src;
  const LASTS = 15 * 60 * 1000; // a little less than the server gives
  let running = null, since = field.value ? Date.now() : 0;

  async function work() {
    const given = await (await fetch(field.dataset.puzzle, { headers: { Accept: "application/json" } })).json();
    if (!given.puzzle) return;
    field.value = await new Promise((done, failed) => {
      const worker = new Worker(source);
      worker.onmessage = (event) => { worker.terminate(); done(event.data); };
      worker.onerror = failed;
      worker.postMessage(given.puzzle);
    });
    since = Date.now();
  }
  const fresh = () => field.value && Date.now() - since < LASTS;
  const begin = () => (running ||= work().catch(() => {}).finally(() => { running = null; }));
  form.addEventListener("focusin", () => { if (!fresh()) begin(); });
  let tried = false;
  form.addEventListener("submit", async (event) => {
    if (tried || fresh()) return;
    event.preventDefault();
    status.hidden = false;
    await begin();
    status.hidden = true;
    tried = true; // where it could not be solved, the answer says what to do
    form.requestSubmit(event.submitter); // with the button that was pressed: it may carry a corrected address
  });
})();
