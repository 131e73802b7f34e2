/** What the chart says about one moment, as an element. Text only: nothing of it is ever read as markup. */

import { type Zone, dayAndTime, number, sentence } from "../format";
import type { ChartModel } from "./model";
import { valueAt } from "./series";

interface Entry {
  name: string;
  value: string;
}

export function entriesAt(model: ChartModel, moment: number): Entry[] {
  const reach = model.bucketSeconds * 1000;
  const entries: Entry[] = [];
  const add = (name: string, value: number | null) => {
    if (value !== null) entries.push({ name, value: number(value, 1) });
  };
  const quantile = (index: number) => valueAt(model.fan.times.map((at, i) => [at, model.fan.values[i]?.[index] ?? null]), moment, reach);
  const past = (values: number[]) => valueAt(model.past.times.map((at, i) => [at, values[i] ?? null]), moment, reach);
  const measured = valueAt(model.load, moment, reach - 1);
  add("Load measured", measured);
  add("Forecast, median", measured === null ? quantile(1) : past(model.past.p50));
  add("Forecast, 95 %", measured === null ? quantile(3) : past(model.past.p95));
  if (measured === null) add("Forecast, 99 %", quantile(4));
  add("Instances needed", measured === null ? valueAt(model.neededAhead, moment, reach) : valueAt(model.needed, moment, reach));
  add("Instances provided", valueAt(model.provided, moment, reach));
  for (const { event, span } of model.events) {
    if (span[0] <= moment && moment < span[1]) entries.push({ name: "Event", value: event.name });
  }
  return entries;
}

export function readout(model: ChartModel, moment: number, zone: Zone): HTMLElement {
  const box = document.createElement("div");
  box.className = "readout";
  box.append(element("div", "readout-time", dayAndTime(moment, zone)));
  const list = element("dl", "readout-values", "");
  for (const { name, value } of entriesAt(model, moment)) {
    list.append(element("dt", "", name), element("dd", "", value));
  }
  box.append(list);
  const reach = (model.bucketSeconds * 1000) / 2;
  const near = model.changes.filter((decision) => Math.abs(Date.parse(decision.at) - moment) <= reach).slice(-2);
  for (const decision of near) box.append(element("p", "readout-decision", sentence(decision.sentence, zone)));
  const odd = model.anomalies.find(({ at }) => Math.abs(at - moment) <= reach);
  if (odd) box.append(element("p", "readout-anomaly", "Far from what was forecast"));
  return box;
}

function element(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
