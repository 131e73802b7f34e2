/** Draws the chart. A refresh changes the data and nothing else: zoom and pointer stay where the reader put them. */

import type { ECharts } from "echarts/core";
import { useEffect, useRef, useState } from "react";

import type { Group } from "../api";
import { type Zone, number } from "../format";
import type { Detail } from "../live/detail";
import { Legend } from "./Legend";
import { readColours } from "./colours";
import { echarts } from "./echarts";
import { layoutFor } from "./layout";
import { type ChartModel, chartModel } from "./model";
import { chartOption } from "./option";
import { readout } from "./readout";
import { WHOLE_WINDOW, zoomOption } from "./zoom";

interface Props {
  group: Group;
  detail: Detail;
  zone: Zone;
  dark: boolean;
}

/** The part of the window that is looked at, in percent. */
type Zoom = { start: number; end: number };

const WHOLE: Zoom = { start: 0, end: 100 };

export function LoadChart({ group, detail, zone, dark }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const model = useRef<ChartModel | null>(null);
  const zoom = useRef<Zoom>(WHOLE);
  const [zoomed, setZoomed] = useState(false);
  const [width, setWidth] = useState(0);
  const layout = layoutFor(width || 800);
  model.current = chartModel(group, detail);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // A new look is a new chart: colours and axis labels reach into every part of it.
  useEffect(() => {
    if (!box.current || width === 0) return;
    const colours = readColours();
    const made = echarts.init(box.current, null, { height: layout.height });
    made.setOption({
      ...zoomOption(colours, layout, zone),
      tooltip: {
        trigger: "axis",
        confine: true,
        transitionDuration: 0,
        padding: 0,
        borderWidth: 0,
        backgroundColor: "transparent",
        extraCssText: "box-shadow: none",
        formatter: (points: unknown) => {
          const [first] = points as { axisValue: number }[];
          return model.current && first ? readout(model.current, first.axisValue, zone) : "";
        },
      },
    });
    const batch = ["slider", "inside"].map((dataZoomId) => ({ dataZoomId, ...zoom.current }));
    if (model.current) made.setOption(chartOption(model.current, { colours, zone, layout }));
    made.dispatchAction({ type: "dataZoom", batch });
    made.on("dataZoom", () => {
      zoom.current = zoomOf(made);
      setZoomed(zoom.current.start > 0.5 || zoom.current.end < 99.5);
    });
    chart.current = made;
    return () => {
      chart.current = null;
      made.dispose();
    };
  }, [zone, dark, layout.narrow, width === 0]);

  useEffect(() => {
    chart.current?.resize({ height: layout.height });
  }, [width, layout.height]);

  useEffect(() => {
    if (!chart.current || !model.current) return;
    chart.current.setOption(chartOption(model.current, { colours: readColours(), zone, layout }), { lazyUpdate: true });
  }, [group, detail]);

  useEffect(() => {
    chart.current?.dispatchAction(WHOLE_WINDOW);
  }, [detail.hours]);

  return (
    <div className="chart">
      <div className="chart-top">
        <Legend />
        <button type="button" className="tool tool-text" hidden={!zoomed} onClick={() => chart.current?.dispatchAction(WHOLE_WINDOW)}>
          Whole span
        </button>
      </div>
      <div ref={box} className="chart-box" style={{ height: layout.height }} role="img" aria-label={described(group, detail)} />
    </div>
  );
}

function zoomOf(chart: ECharts): Zoom {
  const { dataZoom } = chart.getOption() as { dataZoom?: Zoom[] };
  const first = dataZoom?.[0];
  return first ? { start: first.start, end: first.end } : WHOLE;
}

function described(group: Group, detail: Detail): string {
  const load = group.measured ? `The load measured last is ${number(group.measured.load)}.` : "No load was measured.";
  const peak = group.peak ? ` The peak of the next hour stays below ${number(group.peak.load)} with 95 % certainty.` : "";
  return `Load with its forecast, and instances needed against those provided, over the last ${detail.hours} hours. ${load}${peak} The table below has the forecast in figures.`;
}
