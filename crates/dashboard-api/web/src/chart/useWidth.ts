/** The width of a box, as it changes; 0 before it is known. */

import { type RefObject, useEffect, useState } from "react";

/** Width before it is known. */
export const WIDTH_FIRST = 800;

export function useWidth(box: RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}
