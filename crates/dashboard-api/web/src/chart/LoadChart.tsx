/** Draws the chart. A refresh changes the data and nothing else: zoom and pointer stay where the reader put them. */

import type { ECharts } from "echarts/core";
import { useEffect, useRef, useState } from "react";

import type { Anomaly, Decision, Group } from "../api";
import { type Zone, number, percent } from "../format";
import type { Detail } from "../live/detail";
import { Legend } from "./Legend";
import { readColours } from "./colours";
import { echarts } from "./echarts";
import { layoutFor } from "./layout";
import { type ChartModel, chartModel } from "./model";
import { chartOption, marksOf } from "./option";
import { readout } from "./readout";
import { tooltipAt } from "./tooltip";
import { WIDTH_FIRST, useWidth } from "./useWidth";
import { WHOLE, type Zoom, isWhole, seenOf, zoomOption, zoomTo } from "./zoom";

interface Props {
  group: Group;
  detail: Detail;
  zone: Zone;
  dark: boolean;
  onZoom: (zoom: Zoom) => void;
  onDecision: (decision: Decision) => void;
  onAnomaly: (anomaly: Anomaly) => void;
}

export function LoadChart({ group, detail, zone, dark, onZoom, onDecision, onAnomaly }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const zoom = useRef<Zoom>(WHOLE);
  const [zoomed, setZoomed] = useState(false);
  const width = useWidth(box);
  const layout = layoutFor(width || WIDTH_FIRST);

  // What the chart's own callbacks need is what was rendered last, not what was when they were set up.
  const model = useRef<ChartModel | null>(null);
  model.current = chartModel(group, detail);
  const callbacks = useRef({ onZoom, onDecision, onAnomaly });
  callbacks.current = { onZoom, onDecision, onAnomaly };
  const draw = useRef(() => {});
  draw.current = () => {
    if (!chart.current || !model.current) return;
    const look = { colours: readColours(), zone, layout, seen: seenOf(model.current.window, zoom.current) };
    chart.current.setOption(chartOption(model.current, look), { lazyUpdate: true });
  };

  // A new look is a new chart: colours and axis labels reach into every part of it.
  useEffect(() => {
    if (!box.current || width === 0) return;
    const made = echarts.init(box.current, null, { height: layout.height });
    chart.current = made;
    made.setOption({ ...zoomOption(readColours(), layout, zone), tooltip: tooltip(() => model.current, zone) });
    draw.current();
    made.dispatchAction(zoomTo(zoom.current));
    made.on("dataZoom", () => {
      zoom.current = zoomOf(made);
      setZoomed(!isWhole(zoom.current));
      callbacks.current.onZoom(zoom.current);
      draw.current();
    });
    made.on("click", ({ seriesId, dataIndex }) => {
      const shown = model.current;
      if (!shown) return;
      const marked = marksOf(shown, String(seriesId))[dataIndex];
      if (marked) callbacks.current.onDecision(marked);
      const odd = seriesId === "anomalies" ? shown.anomalies[dataIndex] : undefined;
      if (odd) callbacks.current.onAnomaly(odd.anomaly);
    });
    return () => {
      chart.current = null;
      made.dispose();
    };
  }, [zone, dark, layout.narrow, width === 0]);

  useEffect(() => {
    chart.current?.resize({ height: layout.height });
    draw.current();
  }, [width, layout.height]);

  useEffect(() => draw.current(), [group, detail]);

  useEffect(() => {
    chart.current?.dispatchAction(zoomTo(WHOLE));
  }, [detail.hours]);

  return (
    <div className="chart">
      <div className="chart-top">
        <Legend />
        <button type="button" className="tool tool-text" hidden={!zoomed} onClick={() => chart.current?.dispatchAction(zoomTo(WHOLE))}>
          Whole span
        </button>
      </div>
      <div ref={box} style={{ height: layout.height }} className="chart-box" role="img" aria-label={described(group, detail)} />
    </div>
  );
}

function tooltip(model: () => ChartModel | null, zone: Zone) {
  return tooltipAt((at) => {
    const shown = model();
    return shown ? readout(shown, at, zone) : "";
  });
}

function zoomOf(chart: ECharts): Zoom {
  const { dataZoom } = chart.getOption() as { dataZoom?: Zoom[] };
  const first = dataZoom?.[0];
  return first ? { start: first.start, end: first.end } : WHOLE;
}

function described(group: Group, detail: Detail): string {
  const load = group.measured ? `The load measured last is ${number(group.measured.load)}.` : "No load was measured.";
  const peak = group.peak ? ` The peak of the next hour stays below ${number(group.peak.load)} with ${percent(group.peak.level)} certainty.` : "";
  return `Load with its forecast, and instances needed against those provided, over the last ${detail.hours} hours. ${load}${peak} The tables below have the forecast, the decisions and the anomalies in figures.`;
}
