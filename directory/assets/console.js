// Makes the console quicker for those whose browser runs scripts: keys, selection, copying, the
// look, and parts of a page that keep themselves fresh. Every page works without it.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

// ── What this browser remembers ──────────────────────────────────────────────────────────────

const kept = {
  get(name) {
    try { return localStorage.getItem(name); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(name, value); } catch { /* then it holds for this page only */ }
  },
};

// ── Look ─────────────────────────────────────────────────────────────────────────────────────

const look = $("#theme");
if (look) {
  look.hidden = false;
  look.addEventListener("click", () => {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    kept.set("theme", next);
  });
}

// ── Words for whoever does not see the change ────────────────────────────────────────────────

const SAID_MS = 6000;
let saidTimer;
function say(words) {
  const place = $("#said");
  if (!place) return;
  place.textContent = words;
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => { place.textContent = ""; }, SAID_MS);
}

// ── Copying ──────────────────────────────────────────────────────────────────────────────────

function enliven(part) {
  if (navigator.clipboard) for (const button of $$("[data-copy]", part)) button.hidden = false;
}
enliven(document);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const text = button && $(".command", button.parentElement)?.textContent;
  if (!text) return;
  await navigator.clipboard.writeText(text);
  const words = button.textContent;
  button.textContent = "✓";
  setTimeout(() => { button.textContent = words; }, 1500);
});

// ── Selection ────────────────────────────────────────────────────────────────────────────────

// The bar for acts shows when something is selected, with the fields that the act needs.

document.documentElement.classList.add("scripted");

function fit() {
  const bar = $("#act");
  if (!bar) return;
  bar.classList.toggle("on", $("td.pick input:checked") !== null || bar.elements.all.value !== "");
  for (const field of $$("[data-for]", bar)) {
    field.classList.toggle("on", field.dataset.for.split(" ").includes(bar.elements.what.value));
  }
}

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches("[data-all]")) {
    for (const one of $$("td.pick input", box.closest("table"))) one.checked = box.checked;
  }
  fit();
});
fit();

// ── Parts that replace themselves ────────────────────────────────────────────────────────────
// Links and searches that bring a new list instead of a new page. What answers with another page,
// as when the person was signed out meanwhile, is opened whole.

document.addEventListener("htmx:before:swap", (event) => {
  const { target, text, response } = event.detail.ctx;
  if (target?.id && !text.includes(`id="${target.id}"`)) {
    event.preventDefault();
    location.assign(response.raw.url);
  }
});
document.addEventListener("htmx:after:swap", () => {
  enliven(document);
  fit();
  const sum = $("#sum");
  if (sum) say(sum.textContent);
});

// ── What was typed, over a proof ─────────────────────────────────────────────────────────────
// What needs a fresh proof of who is there leads to another page first. What stood in the form is
// kept in this tab until the person is back, and only if the way led over that page. Passwords,
// codes, files and addresses, which may hold a secret, are not, nor is anything of a secret link.

const PROOF = "/confirm";
const standing = () => location.pathname + location.search;

const controls = (form) => [...form.elements].filter((one) =>
  one.name && one.matches("input, select, textarea") &&
  !one.matches("[type=hidden], [type=password], [type=file], [type=url], [autocomplete=one-time-code]"));

const typed = {
  get() {
    try { return JSON.parse(sessionStorage.getItem("typed")); } catch { return null; }
  },
  set(what) {
    try { sessionStorage.setItem("typed", JSON.stringify(what)); } catch { /* then it is typed again */ }
  },
  forget() {
    try { sessionStorage.removeItem("typed"); } catch { /* then nothing was kept */ }
  },
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || location.pathname === PROOF) return;
  if (location.pathname.startsWith("/link/")) return;
  const fields = controls(form).map((one) => [one.name, one.value, one.checked === true]);
  typed.set({ page: standing(), action: form.getAttribute("action"), fields, proof: false });
});

function typeAgain() {
  const kept = typed.get();
  if (!kept) return;
  if (location.pathname === PROOF) { typed.set({ ...kept, proof: true }); return; }
  typed.forget();
  const form = kept.proof && kept.page === standing() &&
    $$("form").find((one) => one.method === "post" && one.getAttribute("action") === kept.action);
  if (!form || kept.fields.length === 0) return;
  for (const one of controls(form)) {
    const ticked = one.matches("[type=checkbox], [type=radio]");
    const at = kept.fields.findIndex(([name, value]) =>
      name === one.name && (!ticked || value === one.value));
    if (at < 0) continue;
    const [[, value, checked]] = kept.fields.splice(at, 1);
    if (ticked) one.checked = checked; else one.value = value;
    const folded = one.closest("details:not([open])");
    if (folded && (ticked ? checked !== one.defaultChecked : value !== one.defaultValue)) folded.open = true;
  }
  fit();
  form.scrollIntoView({ block: "nearest" });
  say($("#said")?.dataset.typed ?? "");
}
typeAgain();

// ── A table from a file ──────────────────────────────────────────────────────────────────────

document.addEventListener("change", async (event) => {
  const file = event.target.id === "table-file" && event.target.files[0];
  const table = file && $("#table");
  if (table) table.value = await file.text();
});

// ── Live parts ───────────────────────────────────────────────────────────────────────────────
// A part with an id and `data-live` is fetched again when something changed. It is left alone
// while the person is in it: nothing moves under their hands.

const EVERY_MS = 15000;

const held = (part) =>
  part.contains(document.activeElement) ||
  $("input:checked, details[open]", part) !== null ||
  (part.contains(getSelection()?.anchorNode) && !getSelection().isCollapsed);

async function refresh() {
  // The answer to a form has an address that may only take forms, and shows what is shown once.
  if ($("main[data-sent]")) return;
  const parts = $$("[data-live][id]").filter((part) => !held(part));
  if (document.hidden || parts.length === 0) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const fresh = page.getElementById(part.id);
      // Looked at again: the person may have come back while the answer was under way.
      if (!fresh || !part.isConnected || held(part)) continue;
      if (part.innerHTML !== fresh.innerHTML) {
        part.innerHTML = fresh.innerHTML;
        enliven(part);
        window.htmx?.process(part);
      }
    }
  } catch {
    // The server is away or the person was signed out; the next round or reload will show it.
  }
}

// What changed is told by the server; each part names the kinds of things that it shows. Without
// news the page still looks now and then, because "12 s ago" grows old.
const SOONEST_MS = 1000;
let due;
let latest = 0;

function soon() {
  if (due) return;
  due = setTimeout(() => {
    due = undefined;
    latest = Date.now();
    refresh();
  }, Math.max(0, latest + SOONEST_MS - Date.now()));
}

let news;
function listen() {
  if (document.hidden || news || !$("[data-live]")) return;
  let broken = false;
  news = new EventSource("/live");
  news.addEventListener("open", () => { if (broken) soon(); broken = false; });
  news.addEventListener("error", () => { broken = true; });
  news.addEventListener("changed", (event) => {
    const topics = event.data.split(" ");
    const shown = $$("[data-live]").some((part) =>
      topics.some((topic) => topic === "everything" || part.dataset.live.split(" ").includes(topic)));
    if (shown) soon();
  });
}

if ($("[data-live]")) setInterval(refresh, EVERY_MS);
// A browser opens few connections to one server: pages that nobody looks at give theirs back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    news?.close();
    news = undefined;
  } else {
    listen();
    soon();
  }
});
addEventListener("pagehide", () => { news?.close(); news = undefined; });
addEventListener("pageshow", listen);

// ── Keys ─────────────────────────────────────────────────────────────────────────────────────
// Single keys can be switched off (WCAG 2.2, 2.1.4): they get in the way of voice control.

const help = $("#help");
const keysOn = $("#keys-on");
const singleKeys = () => kept.get("keys") !== "off";
if (keysOn) {
  keysOn.checked = singleKeys();
  keysOn.addEventListener("change", () => kept.set("keys", keysOn.checked ? "on" : "off"));
}

const rows = () => $$("main tbody tr").filter((row) => row.offsetParent !== null);
let current = -1;

function move(by) {
  const all = rows();
  if (all.length === 0) return;
  const here = all.findIndex((row) => row.classList.contains("current"));
  current = Math.min(Math.max((here < 0 ? -1 : here) + by, 0), all.length - 1);
  for (const row of all) row.classList.remove("current");
  const row = all[current];
  row.classList.add("current");
  const target = $("a, input, button", row);
  if (target) target.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

const here = () => $("main tbody tr.current");

let lead = false;
let leadTimer;
const LEAD_MS = 1500;

function single(key) {
  if (lead) {
    lead = false;
    const link = $(`.menu a[data-key="${CSS.escape(key)}"]`);
    if (link) { link.click(); return true; }
    return false;
  }
  switch (key) {
    case "/": {
      const field = $$("input[type=search]").find((one) => one.offsetParent !== null);
      field?.focus();
      field?.select();
      return field !== undefined;
    }
    case "?": help?.showModal(); return true;
    case "j": move(1); return true;
    case "k": move(-1); return true;
    case "x": {
      const box = here() && $("td.pick input", here());
      if (box) box.click();
      return Boolean(box);
    }
    case "g":
      lead = true;
      clearTimeout(leadTimer);
      leadTimer = setTimeout(() => { lead = false; }, LEAD_MS);
      return true;
    default: return false;
  }
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea");
  if (event.key === "Escape") {
    if (field) field.blur();
    else if (location.hash === "#menu") location.hash = "main";
    else here()?.classList.remove("current");
    return;
  }
  if (field || event.ctrlKey || event.metaKey || event.altKey || help?.open || !singleKeys()) return;
  if (event.key === "Enter" && here() && !event.target.closest("a, button")) {
    $("td.name a", here())?.click();
    return;
  }
  if (single(event.key)) event.preventDefault();
});

// On a narrow screen the tabs scroll sideways: the open one is in sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
