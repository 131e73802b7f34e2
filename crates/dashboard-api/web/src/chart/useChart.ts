/** A chart in a box: made once, drawn again when its data change, made anew when its look does. */

import type { ECharts, EChartsCoreOption } from "echarts/core";
import { type RefObject, useEffect, useRef } from "react";

import { echarts } from "./echarts";
import { WIDTH_FIRST, useWidth } from "./useWidth";

interface Drawn {
  height: number;
  /** Whatever reaches into every part of the chart; a change of it makes a new one. */
  look: string;
  /** Whatever the drawing depends on. */
  data: readonly unknown[];
  option: (width: number) => EChartsCoreOption;
}

export function useChart(box: RefObject<HTMLDivElement | null>, { height, look, data, option }: Drawn): number {
  const chart = useRef<ECharts | null>(null);
  const width = useWidth(box);
  const draw = useRef(() => {});
  draw.current = () => chart.current?.setOption(option(width || WIDTH_FIRST), { lazyUpdate: true });

  useEffect(() => {
    if (!box.current || width === 0) return;
    const made = echarts.init(box.current, null, { height });
    chart.current = made;
    draw.current();
    return () => {
      chart.current = null;
      made.dispose();
    };
  }, [look, width === 0]);

  useEffect(() => {
    chart.current?.resize({ height });
    draw.current();
  }, [width, height]);

  useEffect(() => draw.current(), data);
  return width || WIDTH_FIRST;
}
