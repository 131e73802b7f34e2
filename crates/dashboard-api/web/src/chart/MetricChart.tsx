/** One measured metric, chosen by the reader, over the span that the chart above shows. */

import { useRef } from "react";

import type { Group } from "../api";
import { type Zone, dayAndTime, percent } from "../format";
import type { Detail } from "../live/detail";
import { Choice } from "../parts/Choice";
import { useSetting } from "../settings";
import { type Colours, readColours, translucent } from "./colours";
import { layoutFor } from "./layout";
import { METRICS, METRIC_TEXT, METRIC_UNIT, METRIC_VALUE, type Metric, measuredMetrics, metricText } from "./metric";
import { chartModel } from "./model";
import { FONT, timeAxis } from "./option";
import { type Point, line, valueAt } from "./series";
import { tooltipAt } from "./tooltip";
import { useChart } from "./useChart";
import { type Zoom, seenOf } from "./zoom";

interface Props {
  group: Group;
  detail: Detail;
  zone: Zone;
  dark: boolean;
  zoom: Zoom;
}

const HEIGHT = 170;

export function MetricChart({ group, detail, zone, dark, zoom }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useSetting("metric", METRICS, "utilization");
  const there = measuredMetrics(detail.history.rows);
  const metric = there.includes(chosen) ? chosen : (there[0] ?? chosen);
  const points = line(detail.history.rows, detail.history.bucket_seconds, METRIC_VALUE[metric]);
  const { window, events, now } = chartModel(group, detail);

  useChart(box, {
    height: HEIGHT,
    look: `${zone} ${String(dark)}`,
    data: [group, detail, metric, zoom.start, zoom.end],
    option: (width) => {
      const colours = readColours();
      const layout = layoutFor(width);
      const look = { colours, zone, layout, seen: seenOf(window, zoom) };
      const [min, max] = look.seen;
      return {
        animation: false,
        useUTC: zone === "utc",
        textStyle: { fontFamily: FONT, color: colours.muted },
        grid: { left: layout.axisWidth + 10, right: 16, top: 26, bottom: 24 },
        tooltip: tooltip(metric, points, detail.history.bucket_seconds * 1000, zone),
        xAxis: { ...timeAxis(0, { window }, look, true), min, max },
        yAxis: {
          type: "value",
          min: 0,
          splitNumber: 3,
          name: metric === "utilization" ? `${METRIC_UNIT[metric]}; dashed, the objective of ${percent(group.max_utilization)}` : METRIC_UNIT[metric],
          nameGap: 9,
          nameTextStyle: { color: colours.muted, fontSize: 11, align: "left", padding: [0, 0, 0, -layout.axisWidth - 10] },
          axisLabel: { color: colours.muted, fontSize: 11, formatter: (value: number) => metricText(metric, value) },
          splitLine: { lineStyle: { color: colours.line, width: 1 } },
        },
        series: [
          {
            id: "metric",
            type: "line",
            showSymbol: false,
            symbol: "none",
            silent: true,
            emphasis: { disabled: true },
            data: points,
            lineStyle: { color: colours.load, width: 1.6 },
            areaStyle: { color: translucent(colours.load, 0.06), opacity: 1 },
            markLine: marks(metric, now, group.max_utilization, colours),
            markArea: {
              silent: true,
              itemStyle: { color: translucent(colours.event, 0.13) },
              label: { show: false },
              data: events.filter(({ span }) => span[1] > window[0] && span[0] < window[1]).map(({ span }) => [{ xAxis: Math.max(span[0], window[0]) }, { xAxis: Math.min(span[1], window[1]) }]),
            },
          },
        ],
      };
    },
  });

  return (
    <section className="metric" aria-labelledby="metric-title">
      <div className="panel-head">
        <h3 id="metric-title">Measured</h3>
        {there.length > 1 ? <Choice label="Metric" options={there.map((value) => ({ value, text: METRIC_TEXT[value] }))} value={metric} onChange={setChosen} /> : null}
      </div>
      {there.length === 0 ? <p className="empty">Nothing was measured in this span of time.</p> : null}
      <div ref={box} className="metric-box" hidden={there.length === 0} role="img" aria-label={described(metric, points, group)} />
    </section>
  );
}

function marks(metric: Metric, now: number, objective: number, colours: Colours) {
  const nowMark = { xAxis: now, lineStyle: { color: colours.ink, width: 1, type: [3, 3], opacity: 0.7 }, label: { show: false } };
  const goal = { yAxis: objective, lineStyle: { color: colours.bad, width: 1, type: [6, 4] }, label: { show: false } };
  return { silent: true, symbol: "none", data: metric === "utilization" ? [nowMark, goal] : [nowMark] };
}

function tooltip(metric: Metric, points: Point[], reach: number, zone: Zone) {
  return tooltipAt((at) => {
    const box = document.createElement("div");
    box.className = "readout";
    box.textContent = `${dayAndTime(at, zone)}: ${metricText(metric, valueAt(points, at, reach))}`;
    return box;
  });
}

function described(metric: Metric, points: Point[], group: Group): string {
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const last = values.at(-1);
  if (last === undefined) return `${METRIC_TEXT[metric]}: nothing was measured.`;
  const goal = metric === "utilization" ? ` The objective is ${percent(group.max_utilization)}.` : "";
  return `${METRIC_TEXT[metric]} (${METRIC_UNIT[metric]}): ${metricText(metric, last)} at the end, at most ${metricText(metric, Math.max(...values))}, at least ${metricText(metric, Math.min(...values))}.${goal}`;
}
