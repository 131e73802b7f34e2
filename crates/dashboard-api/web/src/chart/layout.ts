/** Where the two grids and the zoom slider stand, by the width of the chart. In pixels. */

export interface Layout {
  narrow: boolean;
  height: number;
  ticks: number;
  upper: object;
  lower: object;
  slider: object;
  /** Room for the figures of the value axes. */
  axisWidth: number;
  /** Width of the grids. */
  plotWidth: number;
}

const NARROW_BELOW = 560;

export function layoutFor(width: number): Layout {
  const narrow = width < NARROW_BELOW;
  const axisWidth = narrow ? 28 : 34;
  const sides = { left: axisWidth, right: narrow ? 10 : 16 };
  return {
    narrow,
    axisWidth,
    plotWidth: Math.max(0, width - sides.left - sides.right),
    height: narrow ? 428 : 456,
    ticks: narrow ? 4 : 8,
    upper: { ...sides, top: 26, height: narrow ? 180 : 206 },
    lower: { ...sides, top: narrow ? 240 : 266, height: 112 },
    slider: { ...sides, bottom: 8, height: narrow ? 30 : 24 },
  };
}
