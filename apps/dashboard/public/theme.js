// Before the first paint, so that a chosen theme does not flash. A file of its own: no inline scripts.
try {
  const theme = localStorage.getItem("ipfs-kit-theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is off: the system's theme it is.
}
