/** The frontier drawn: to the left is cheaper, further down is safer. */

import { useRef } from "react";

import type { BacktestResult } from "../api";
import { type Colours, readColours } from "../chart/colours";
import { FONT } from "../chart/option";
import { useChart } from "../chart/useChart";
import { money, number, percent } from "../format";
import { COST_MAX, type Family, SHARE_MAX, cheapestWithin, families } from "./frontier";

const HEIGHT = 380;

/** Families differ in form too, not only in colour: four forms, filled and hollow. The paths are the chart's, small. */
const FORMS = [
  { symbol: "circle", path: "M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z" },
  { symbol: "rect", path: "M2 2h8v8H2Z" },
  { symbol: "triangle", path: "M6 1.5l4.5 8.5h-9Z" },
  { symbol: "diamond", path: "M6 1l4.5 5L6 11 1.5 6Z" },
] as const;

const formOf = (index: number) => ({ ...(FORMS[index % FORMS.length] ?? FORMS[0]), hollow: Math.floor(index / FORMS.length) % 2 === 1 });

export function FrontierChart({ result, dark }: { result: BacktestResult; dark: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const shown = families(result);
  useChart(box, {
    height: HEIGHT,
    look: String(dark),
    data: [result],
    option: (width) => {
      const colours = readColours();
      const muted = { color: colours.muted, fontSize: 11 };
      return {
        animation: false,
        textStyle: { fontFamily: FONT, color: colours.muted },
        grid: { left: 56, right: 24, top: 28, bottom: 48 },
        tooltip: { trigger: "item", confine: true, transitionDuration: 0, padding: 0, borderWidth: 0, backgroundColor: "transparent", extraCssText: "box-shadow: none", formatter: readout(shown) },
        xAxis: { type: "value", scale: true, name: "Cost a day", nameLocation: "middle", nameGap: 28, nameTextStyle: muted, splitNumber: width < 560 ? 4 : 8, axisLabel: { ...muted, formatter: (value: number) => number(value, 2) }, axisLine: { lineStyle: { color: colours.line } }, splitLine: { show: false } },
        yAxis: { type: "value", min: 0, name: "Minutes with too few instances", nameGap: 10, nameTextStyle: { ...muted, align: "left", padding: [0, 0, 0, -46] }, axisLabel: { ...muted, formatter: (value: number) => percent(value, 1) }, splitLine: { lineStyle: { color: colours.line } } },
        series: shown.map((family, index) => ({
          id: family.name,
          name: family.name,
          type: "line",
          data: family.places.map(({ cost, share }) => [cost, share]),
          symbol: formOf(index).symbol,
          symbolSize: family.name === "headroom" ? 10 : 8,
          showAllSymbol: true,
          z: family.name === "headroom" ? 5 : 3,
          lineStyle: { color: colourOf(colours, family.name, index), width: family.name === "headroom" ? 2.6 : 1.4 },
          itemStyle: { color: formOf(index).hollow ? colours.surface : colourOf(colours, family.name, index), borderColor: colourOf(colours, family.name, index), borderWidth: formOf(index).hollow ? 2 : 0 },
          emphasis: { disabled: true },
        })),
      };
    },
  });
  return (
    <>
      <ul className="legend frontier-legend" aria-label="Legend">
        {shown.map(({ name }, index) => (
          <li key={name}>
            <Swatch name={name} index={index} />
            {name}
          </li>
        ))}
      </ul>
      <div ref={box} className="frontier-box" role="img" aria-label={described(shown)} />
      <p className="quiet frontier-note">
        {`Each point is a setting of a policy: further left is cheaper, further down is safer. Left out is what has too few instances in more than ${percent(SHARE_MAX)} of the minutes, what costs more than ${number(COST_MAX)} times the cheapest, and what another setting of the same policy beats in both.`}
      </p>
    </>
  );
}

const ORDER: readonly (keyof Colours)[] = ["needed", "event", "provided", "muted", "bad", "ink"];

function colourNameOf(name: string, index: number): keyof Colours {
  return name === "headroom" ? "forecast" : (ORDER[index % ORDER.length] ?? "ink");
}

function colourOf(colours: Colours, name: string, index: number): string {
  return colours[colourNameOf(name, index)];
}

function Swatch({ name, index }: { name: string; index: number }) {
  const { path, hollow } = formOf(index);
  return (
    <svg className={`swatch swatch-${colourNameOf(name, index)}${hollow ? " swatch-hollow" : ""}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

function readout(shown: Family[]) {
  return ({ seriesName, dataIndex }: { seriesName: string; dataIndex: number }) => {
    const place = shown.find(({ name }) => name === seriesName)?.places[dataIndex];
    const box = document.createElement("div");
    box.className = "readout";
    if (place) box.textContent = `${seriesName}${place.knob === null ? "" : ` at ${number(place.knob, 3)}`}: ${money(place.cost)} a day, too few in ${percent(place.share, 2)}`;
    return box;
  };
}

function described(shown: Family[]): string {
  const told = shown.flatMap((family) => {
    const place = cheapestWithin(family, 0.01);
    return place ? [`${family.name} ${money(place.cost)}`] : [];
  });
  return `Cost a day against the share of minutes with too few instances, for every setting of every policy. At the cheapest setting with at most 1 % of such minutes: ${told.join(", ") || "none gets there"}.`;
}
