import { useState } from "react";

import { MoonIcon, ScreenIcon, SunIcon } from "./icons.tsx";

const STORAGE_KEY = "ipfs-kit-theme";

const THEMES = {
  system: { next: "light", Icon: ScreenIcon },
  light: { next: "dark", Icon: SunIcon },
  dark: { next: "system", Icon: MoonIcon },
} as const;

type Theme = keyof typeof THEMES;

/** System, light, dark: one press for the next. `theme.js` brings the choice back on load. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(currentTheme);
  const { next, Icon } = THEMES[theme];
  return (
    <button
      type="button"
      aria-label={`Theme: ${theme}. Change to ${next}`}
      title={`Theme: ${theme}`}
      data-testid="theme"
      onClick={() => {
        applyTheme(next);
        setTheme(next);
      }}
      className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-ink-soft transition-colors hover:bg-sunken hover:text-ink"
    >
      <Icon />
    </button>
  );
}

function currentTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset["theme"];
  else dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage is off: the choice lasts until the page is closed.
  }
}
