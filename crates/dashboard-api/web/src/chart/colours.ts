/** The chart's colours, read from the style sheet so that page and chart never differ. */

export interface Colours {
  ink: string;
  muted: string;
  line: string;
  surface: string;
  load: string;
  forecast: string;
  provided: string;
  needed: string;
  event: string;
  bad: string;
}

const NAMES: Record<keyof Colours, string> = {
  ink: "--ink",
  muted: "--muted",
  line: "--line",
  surface: "--surface",
  load: "--load",
  forecast: "--forecast",
  provided: "--provided",
  needed: "--needed",
  event: "--event",
  bad: "--bad",
};

export function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const entries = Object.entries(NAMES).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]);
  return Object.fromEntries(entries) as unknown as Colours;
}

/** `#rrggbb` with an opacity. */
export function translucent(colour: string, opacity: number): string {
  const alpha = Math.round(opacity * 255).toString(16).padStart(2, "0");
  return `${colour}${alpha}`;
}
