/** A decision that waits for an operator: exactly what it is, and the two answers. */

import { may } from "../access/roles";
import type { Group } from "../api";
import { type Zone, duration, instances, nearTime, sentence } from "../format";
import { ACTION_TEXT } from "../parts/actions";
import { Icon } from "../parts/Icon";
import { useOperate } from "./Operate";
import { ApprovalDialog } from "./dialogs";

export function ProposalPanel({ group, now, zone }: { group: Group; now: string; zone: Zone }) {
  const { session, open } = useOperate();
  const { allowed, why } = may(session, "operator");
  const { proposal, decision } = group;
  if (!proposal) return null;
  const left = (Date.parse(proposal.until) - Date.parse(now)) / 1000;
  const ask = (verdict: "approved" | "rejected") => open(<ApprovalDialog group={group} proposal={proposal} verdict={verdict} zone={zone} />);
  return (
    <section className="proposal" aria-labelledby="proposal-title">
      <Icon name="stale" />
      <div className="proposal-body">
        <h2 id="proposal-title">{`Waits for approval: ${ACTION_TEXT[proposal.action].toLowerCase()} from ${proposal.before} to ${instances(proposal.desired)}`}</h2>
        <p>
          {decision?.tick === proposal.tick ? `${sentence(decision.sentence, zone)}. ` : ""}
          {left > 0 ? `It stands until ${nearTime(proposal.until, now, zone)}, for ${duration(left)} more.` : "Its time is over."}
        </p>
      </div>
      {allowed ? (
        <div className="proposal-buttons">
          <button type="button" className="button button-main" onClick={() => ask("approved")}>
            Approve …
          </button>
          <button type="button" className="button" onClick={() => ask("rejected")}>
            Reject …
          </button>
        </div>
      ) : (
        <p className="quiet" title={why}>
          An operator can answer it.
        </p>
      )}
    </section>
  );
}
