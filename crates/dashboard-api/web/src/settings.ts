/** What the reader chose, kept in the browser. Where it cannot be kept it lasts as long as the page. */

import { useState } from "react";

export function useSetting<T extends string>(name: string, allowed: readonly T[], initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => stored(name, allowed) ?? initial);
  const choose = (chosen: T) => {
    setValue(chosen);
    try {
      localStorage.setItem(KEY + name, chosen);
    } catch {
      // Private windows may forbid it: then it is not kept.
    }
  };
  return [value, choose];
}

const KEY = "headroom.";

function stored<T extends string>(name: string, allowed: readonly T[]): T | null {
  try {
    const value = localStorage.getItem(KEY + name);
    return allowed.find((candidate) => candidate === value) ?? null;
  } catch {
    return null;
  }
}
