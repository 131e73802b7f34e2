/** One decision whole: reasons, guards, risk, outcome. */

import type { Decision } from "../api";
import { ROLE_TEXT, decisionRows, factsOf, nameOf, roleOf } from "../decision";
import { type Zone, dayAndTime, sentence } from "../format";
import { Dialog } from "../operate/Dialog";
import { useOperate } from "../operate/Operate";
import { ACTION_TEXT, OUTCOME_TEXT } from "./actions";

export function DecisionDialog({ decision, zone }: { decision: Decision; zone: Zone }) {
  const { close } = useOperate();
  const { action, before, desired, outcome, reasons } = decision;
  const sizes = action === "hold" ? `at ${desired}` : `from ${before.desired} to ${desired}`;
  return (
    <Dialog title={`${ACTION_TEXT[action]} ${sizes}, ${dayAndTime(decision.tick, zone)}`} onClose={close} wide>
      <div className="dialog-body">
        <p className="decision-sentence">{sentence(decision.sentence, zone)}.</p>
        <p>
          <strong>Outcome:</strong> {OUTCOME_TEXT[outcome.kind]}
          {"until" in outcome ? ` until ${dayAndTime(outcome.until, zone)}` : ""}
          {"error" in outcome ? `: ${outcome.error}` : ""}.{decision.alarm ? " Someone has to look." : ""}
        </p>
        <h3>Reasons and guards, in the order in which they shaped it</h3>
        {reasons.length === 0 ? <p className="empty">None was recorded.</p> : null}
        <ol className="reasons">
          {reasons.map((reason, index) => (
            <li key={index} className={`reason reason-${roleOf(reason)}`}>
              <p>
                <strong>{nameOf(reason)}</strong> <span className="tag-quiet">{ROLE_TEXT[roleOf(reason)]}</span>
              </p>
              <p className="quiet">{factsOf(reason, zone)}</p>
            </li>
          ))}
        </ol>
        <h3>Figures</h3>
        <dl className="facts-list">
          {decisionRows(decision, zone).map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
