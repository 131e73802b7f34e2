/** What the lines, bands and marks mean; each differs from the others in form, not only in colour. */

const ENTRIES = [
  ["load", "Load measured"],
  ["forecast", "Forecast"],
  ["band", "10–90, 95, 99 %"],
  ["provided", "Provided"],
  ["needed", "Needed"],
  ["short", "Too few"],
  ["out", "Scale out"],
  ["in", "Scale in"],
  ["anomaly", "Anomaly"],
  ["event", "Event"],
] as const;

export function Legend() {
  return (
    <ul className="legend" aria-label="Legend">
      {ENTRIES.map(([key, text]) => (
        <li key={key}>
          <span className={`key key-${key}`} aria-hidden="true" />
          {text}
        </li>
      ))}
    </ul>
  );
}
