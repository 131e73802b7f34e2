/** The zoom slider: set once, then left to the reader, so that a refresh never loses what they look at. */

import { type Zone, dayAndTime } from "../format";
import { type Colours, translucent } from "./colours";
import type { Layout } from "./layout";
import type { Span } from "./series";

export function zoomOption(colours: Colours, layout: Layout, zone: Zone) {
  const both = { xAxisIndex: [0, 1], filterMode: "none", minValueSpan: 30 * 60_000 };
  return {
    dataZoom: [
      {
        id: "slider",
        type: "slider",
        ...both,
        ...layout.slider,
        brushSelect: false,
        showDataShadow: false,
        showDetail: !layout.narrow,
        handleSize: "110%",
        borderColor: colours.line,
        backgroundColor: "transparent",
        fillerColor: translucent(colours.forecast, 0.14),
        handleStyle: { color: colours.surface, borderColor: colours.forecast },
        moveHandleSize: 0,
        textStyle: { color: colours.muted, fontSize: 11 },
        labelFormatter: (value: number) => dayAndTime(value, zone),
      },
      // The wheel and a finger still scroll the page: zooming asks for the control key, moving for a pressed button.
      { id: "inside", type: "inside", ...both, zoomOnMouseWheel: "ctrl", moveOnMouseMove: !layout.narrow, preventDefaultMouseMove: false, disabled: layout.narrow },
    ],
  };
}


/** The part of the window that is looked at, in percent. */
export interface Zoom {
  start: number;
  end: number;
}

export const WHOLE: Zoom = { start: 0, end: 100 };

/** The span of time that `zoom` leaves of `window`. */
export function seenOf([first, last]: Span, { start, end }: Zoom): Span {
  const at = (share: number) => first + ((last - first) * share) / 100;
  return [at(start), at(end)];
}

export function isWhole({ start, end }: Zoom): boolean {
  return start <= 0.5 && end >= 99.5;
}

/** The action that zooms a chart. */
export function zoomTo(zoom: Zoom) {
  return { type: "dataZoom", batch: ["slider", "inside"].map((dataZoomId) => ({ dataZoomId, ...zoom })) };
}
