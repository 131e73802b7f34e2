/** A chart's tooltip: a box of the page's own, at the time under the pointer. */
export function tooltipAt(content: (at: number) => HTMLElement | string) {
  return {
    trigger: "axis",
    confine: true,
    transitionDuration: 0,
    padding: 0,
    borderWidth: 0,
    backgroundColor: "transparent",
    extraCssText: "box-shadow: none",
    formatter: (points: unknown) => {
      const [first] = points as { axisValue: number }[];
      return first ? content(first.axisValue) : "";
    },
  };
}
