/** Dark or light: as the system says, unless the reader chose. */

import { useEffect, useState } from "react";

import { useSetting } from "./settings";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const DARK = "(prefers-color-scheme: dark)";

export interface ThemeState {
  theme: Theme;
  setTheme: (theme: Theme) => void;
  /** What it comes to. */
  dark: boolean;
}

export function useTheme(): ThemeState {
  const [theme, setTheme] = useSetting("theme", THEMES, "auto");
  const [systemDark, setSystemDark] = useState(() => matchMedia(DARK).matches);

  useEffect(() => {
    const query = matchMedia(DARK);
    const changed = () => setSystemDark(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);

  const dark = theme === "dark" || (theme === "auto" && systemDark);
  // Before anything is drawn in the wrong colours, so not in an effect.
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  return { theme, setTheme, dark };
}
