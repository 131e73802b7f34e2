/** How far back the page looks. */

export const HOURS = ["6", "24", "72", "168", "672"] as const;
export type Hours = (typeof HOURS)[number];

export const HOURS_TEXT: Record<Hours, string> = { "6": "6 h", "24": "24 h", "72": "3 d", "168": "7 d", "672": "28 d" };
