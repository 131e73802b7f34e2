/** How good the forecasts of the model that serves turned out, beside what they claim and beside the last value. */

import type { FeedbackReport, Group } from "../api";
import { type Held, badges, figures, held, remarks, scored } from "../feedback";
import { type Zone, percent, sentence } from "../format";

export function Feedback({ group, zone }: { group: Group; zone: Zone }) {
  const report = group.feedback?.report ?? null;
  const said = remarks(group);
  return (
    <section className="panel scores" aria-labelledby="scores-title">
      <div className="scores-head">
        <h2 id="scores-title">How good the forecasts were</h2>
        <ul className="badges" aria-label="Verdict">
          {badges(group).map(({ text, tone }) => (
            <li key={text} className={`badge badge-${tone}`}>
              {text}
            </li>
          ))}
        </ul>
        {report ? <p className="quiet scores-span">{scored(report)}</p> : null}
      </div>
      {report ? <Scores report={report} /> : <p className="empty">No forecast has been scored yet: each is when its hour has passed.</p>}
      {said.map((text) => (
        <p key={text} className="scores-said">
          {sentence(text, zone)}.
        </p>
      ))}
    </section>
  );
}

function Scores({ report }: { report: FeedbackReport }) {
  return (
    <dl className="scores-figures">
      {figures(report).map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="scores-value">{value}</dd>
          <dd className="quiet">{note}</dd>
        </div>
      ))}
      {held(report).map((one) => (
        <HeldShare key={one.level} {...one} />
      ))}
    </dl>
  );
}

/** A quantile should hold its own share of the loads: the mark on the bar. */
function HeldShare({ level, share }: Held) {
  return (
    <div>
      <dt>{percent(level)} quantile held</dt>
      <dd className="scores-value">{percent(share, 1)}</dd>
      <dd>
        <svg className="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect className="meter-track" width="100" height="6" />
          <rect className="meter-fill" width={share * 100} height="6" />
          <rect className="meter-mark" x={level * 100 - 0.5} width="1" height="6" />
        </svg>
      </dd>
    </div>
  );
}
