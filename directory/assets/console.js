// Keeps the live part of a page fresh while somebody looks at it. Pages work without it: then the
// browser reloads them by itself now and then.
"use strict";

const EVERY_MS = 4000;

async function refresh() {
  const old = document.querySelector("[data-live]");
  // Not while something in it has the focus: it would jump from under the person's hands.
  if (!old || document.hidden || old.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh) old.replaceWith(document.adoptNode(fresh));
  } catch {
    // The server is away or the person was signed out; the next round or reload will show it.
  }
}

if (document.querySelector("[data-live]")) setInterval(refresh, EVERY_MS);

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
