/** The chart: above, the load with its forecast; below, the instances needed against those provided. */

import type { EChartsCoreOption } from "echarts/core";

import type { Decision } from "../api";
import { type Zone, day, time } from "../format";
import { type Colours, translucent } from "./colours";
import { labels } from "./labels";
import type { Layout } from "./layout";
import type { ChartModel } from "./model";
import { type Point, type Span, band } from "./series";

export interface Look {
  colours: Colours;
  zone: Zone;
  layout: Layout;
  /** The span that is zoomed to. */
  seen: Span;
}

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export function chartOption(model: ChartModel, look: Look): EChartsCoreOption {
  const { colours, layout, zone } = look;
  return {
    animation: false,
    useUTC: zone === "utc",
    textStyle: { fontFamily: FONT, color: colours.muted },
    grid: [layout.upper, layout.lower],
    axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: colours.muted, type: "solid", width: 1 }, label: { show: false } },
    xAxis: [timeAxis(0, model, look, false), timeAxis(1, model, look, true)],
    yAxis: [valueAxis(0, look, 0), valueAxis(1, look, 1)],
    series: [...forecastSeries(model, colours), ...loadSeries(model, look), ...capacitySeries(model, colours)],
  };
}

export function timeAxis(index: number, model: Pick<ChartModel, "window">, { colours, zone, layout }: Look, labelled: boolean) {
  return {
    id: `time-${index}`,
    gridIndex: index,
    type: "time",
    min: model.window[0],
    max: model.window[1],
    splitNumber: layout.ticks,
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: labelled, lineStyle: { color: colours.line } },
    axisLabel: {
      show: labelled,
      color: colours.muted,
      fontSize: 11,
      hideOverlap: true,
      formatter: (value: number) => (time(value, zone) === "00:00" ? day(value, zone) : time(value, zone)),
    },
    splitLine: { show: false },
  };
}

function valueAxis(index: number, { colours, layout }: Look, minInterval: number) {
  return {
    id: `value-${index}`,
    gridIndex: index,
    type: "value",
    min: 0,
    minInterval,
    splitNumber: index === 0 ? 4 : 3,
    name: index === 0 ? "Load, in instances’ worth" : "Instances",
    nameGap: 9,
    nameTextStyle: { color: colours.muted, fontSize: 11, align: "left", padding: [0, 0, 0, -layout.axisWidth] },
    axisLabel: { color: colours.muted, fontSize: 11 },
    splitLine: { lineStyle: { color: colours.line, width: 1 } },
  };
}

const QUIET = { type: "line", showSymbol: false, symbol: "none", silent: true, emphasis: { disabled: true } } as const;

/** A filled band between two edges: an unseen line, and the height stacked upon it. */
function bandSeries(id: string, times: number[], lower: number[], upper: number[], fill: string) {
  const { base, height } = band(times, lower, upper);
  const shared = { ...QUIET, stack: id, stackStrategy: "all", lineStyle: { width: 0 }, tooltip: { show: false } };
  return [
    { ...shared, id: `${id}-base`, data: base },
    { ...shared, id: `${id}-height`, data: height, areaStyle: { color: fill, opacity: 1 } },
  ];
}

function forecastSeries({ fan, past }: ChartModel, { forecast }: Colours) {
  const at = (index: number): number[] => fan.values.map((values) => values[index] ?? 0);
  const points = (times: number[], values: number[]): Point[] => times.map((moment, i) => [moment, values[i] ?? null]);
  return [
    ...bandSeries("past-band", past.times, past.p10, past.p95, translucent(forecast, 0.16)),
    ...bandSeries("ahead-99", fan.times, at(3), at(4), translucent(forecast, 0.13)),
    ...bandSeries("ahead-95", fan.times, at(2), at(3), translucent(forecast, 0.26)),
    ...bandSeries("ahead-90", fan.times, at(0), at(2), translucent(forecast, 0.42)),
    { ...QUIET, id: "past-median", data: points(past.times, past.p50), lineStyle: { color: forecast, width: 1, opacity: 0.8 } },
    { ...QUIET, id: "ahead-median", data: points(fan.times, at(1)), lineStyle: { color: forecast, width: 2, type: [6, 3] } },
  ];
}

function loadSeries(model: ChartModel, look: Look) {
  const { colours } = look;
  return [
    {
      ...QUIET,
      id: "load",
      z: 4,
      data: model.load,
      connectNulls: false,
      lineStyle: { color: colours.load, width: 1.8 },
      markArea: eventAreas(model, look),
      markLine: nowLine(model, colours, true),
    },
    {
      id: "anomalies",
      type: "scatter",
      z: 6,
      symbol: "diamond",
      symbolSize: 13,
      data: model.anomalies.map(({ at, load }) => [at, load]),
      itemStyle: { color: colours.surface, borderColor: colours.bad, borderWidth: 2.5 },
      emphasis: { disabled: true },
      cursor: "pointer",
    },
  ];
}

function capacitySeries(model: ChartModel, colours: Colours) {
  const on = { ...QUIET, xAxisIndex: 1, yAxisIndex: 1, step: "end" };
  const mark = (action: string, rotate: number, colour: string) => ({
    id: action,
    type: "scatter",
    xAxisIndex: 1,
    yAxisIndex: 1,
    z: 6,
    symbol: "triangle",
    symbolRotate: rotate,
    symbolSize: [11, 10],
    symbolOffset: [0, rotate === 0 ? -9 : 9],
    data: marksOf(model, action).map((decision) => [Date.parse(decision.at), decision.desired]),
    itemStyle: { color: colour, borderColor: colours.surface, borderWidth: 1 },
    emphasis: { disabled: true },
  });
  return [
    {
      ...on,
      id: "provided",
      z: 3,
      data: model.provided,
      lineStyle: { color: colours.provided, width: 2.2 },
      areaStyle: { color: translucent(colours.provided, 0.12), opacity: 1 },
      markLine: nowLine(model, colours, false),
      markArea: shortageAreas(model.shortages, colours),
    },
    { ...on, id: "provided-ahead", z: 3, data: model.providedAhead, lineStyle: { color: colours.provided, width: 2, type: [2, 3] } },
    { ...on, id: "needed", z: 4, data: model.needed, lineStyle: { color: colours.needed, width: 1.6 } },
    { ...on, id: "needed-ahead", z: 4, data: model.neededAhead, lineStyle: { color: colours.needed, width: 1.6, type: [5, 3] } },
    mark("scale_out", 0, colours.provided),
    mark("scale_in", 180, colours.forecast),
  ];
}

/** The decisions that are marked by the series of `action`, in its order. */
export function marksOf({ changes }: ChartModel, action: string): Decision[] {
  return changes.filter((decision) => decision.action === action);
}

const area = ([start, end]: Span, extra: object = {}) => [{ xAxis: start, ...extra }, { xAxis: end }];

function eventAreas({ events, window }: ChartModel, { colours, layout, seen }: Look) {
  const places = labels(events, seen, layout.plotWidth);
  return {
    silent: true,
    itemStyle: { color: translucent(colours.event, 0.13), borderColor: translucent(colours.event, 0.5), borderWidth: 1 },
    label: { color: colours.event, fontSize: 11, fontWeight: 600 },
    data: events.flatMap(({ event, span }, index) => {
      const within: Span = [Math.max(span[0], window[0]), Math.min(span[1], window[1])];
      return within[0] < within[1] ? [area(within, { name: event.name, label: places[index] })] : [];
    }),
  };
}

/** More areas than this are so thin that there would be nothing but border. */
const BORDERED_MAX = 25;

function shortageAreas(spans: Span[], colours: Colours) {
  return {
    silent: true,
    itemStyle: { color: translucent(colours.bad, 0.28), borderColor: colours.bad, borderWidth: spans.length > BORDERED_MAX ? 0 : 1 },
    label: { show: false },
    data: spans.map((span) => area(span)),
  };
}

function nowLine({ now }: ChartModel, colours: Colours, labelled: boolean) {
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: colours.ink, width: 1, type: [3, 3], opacity: 0.7 },
    label: { show: labelled, formatter: "now", color: colours.ink, fontSize: 11, position: "end", distance: 3 },
    data: [{ xAxis: now }],
  };
}
