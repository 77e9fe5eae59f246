// Keeps the live part of a page fresh while somebody looks at it. Pages work without it: then the
// browser reloads them by itself now and then.
"use strict";

const EVERY_MS = 4000;

function live(page) {
  return [...page.querySelectorAll("[data-live]")];
}

async function refresh() {
  // Not while something in them has the focus: it would jump from under the person's hands.
  const busy = live(document).some((part) => part.contains(document.activeElement));
  if (document.hidden || busy) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const old = live(document);
    const fresh = live(page);
    if (old.length === fresh.length) old.forEach((part, n) => part.replaceWith(fresh[n]));
  } catch {
    // The server is away or the person was signed out; the next round or reload will show it.
  }
}

if (live(document).length > 0) setInterval(refresh, EVERY_MS);

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = document.querySelector("input[type=search]");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
});
