// Sets the look that the person chose before anything is painted; without a choice the system's
// holds. Kept in this browser only.
"use strict";

try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off; then the system's look holds.
}
