/** Where the two grids and the zoom slider stand, by the width of the chart. */

export interface Layout {
  narrow: boolean;
  height: number;
  ticks: number;
  upper: object;
  lower: object;
  slider: object;
}

const NARROW_BELOW = 560;

export function layoutFor(width: number): Layout {
  const narrow = width < NARROW_BELOW;
  const sides = { left: narrow ? 32 : 40, right: narrow ? 10 : 16 };
  return {
    narrow,
    height: narrow ? 430 : 500,
    ticks: narrow ? 4 : 8,
    upper: { ...sides, top: 22, height: narrow ? 180 : 232 },
    lower: { ...sides, top: narrow ? 232 : 286, height: narrow ? 110 : 128 },
    slider: { ...sides, bottom: 8, height: narrow ? 30 : 24 },
  };
}
