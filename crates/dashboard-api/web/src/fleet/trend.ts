/** A small line chart as the points of its lines, in a box of `WIDTH` by `HEIGHT`. */

import type { FleetRow } from "../api";

export const WIDTH = 300;
export const HEIGHT = 64;

/** One path a line; it breaks where a value is missing. */
export function path(rows: FleetRow[], value: (row: FleetRow) => number | null | undefined, from: number, to: number, most: number): string {
  let pen = false;
  const parts: string[] = [];
  for (const row of rows) {
    const found = value(row);
    if (found == null) {
      pen = false;
      continue;
    }
    const x = ((Date.parse(row.timestamp) - from) / Math.max(1, to - from)) * WIDTH;
    const y = HEIGHT - (found / Math.max(most, 1e-9)) * (HEIGHT - 4) - 2;
    parts.push(`${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
    pen = true;
  }
  return parts.join("");
}

export function most(rows: FleetRow[]): number {
  return rows.reduce((largest, { required, in_service }) => Math.max(largest, required ?? 0, in_service ?? 0), 0);
}
