// Light or dark before anything is painted, as the rest of the console: what the person chose
// there, or else what their system says. Swagger UI has a dark look and waits to be told.
"use strict";

const system = matchMedia("(prefers-color-scheme: dark)");

function look() {
  let chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch { /* then the system's holds */ }
  const dark = chosen === "light" || chosen === "dark" ? chosen === "dark" : system.matches;
  document.documentElement.classList.toggle("dark-mode", dark);
}

look();
system.addEventListener("change", look);
