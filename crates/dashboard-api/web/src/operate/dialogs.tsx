/** The dialogs of the kill switch, of approval, and of what is taken back. */

import type { Group, Proposal, Stop } from "../api";
import { type Zone, dayAndTime, instances, sentence } from "../format";
import { ACTION_TEXT } from "../parts/actions";
import { ActionDialog } from "./ActionDialog";
import { answer, release, resume, stop, train, unsetMode } from "./calls";

const named = (group: string | null) => (group === null ? "the whole fleet" : `group ${group}`);

export function StopDialog({ group }: { group: string | null }) {
  return (
    <ActionDialog
      title={`Stop every write of ${named(group)}?`}
      confirm={group === null ? "Stop the fleet" : "Stop this group"}
      danger
      needsWhy
      act={async (why) => {
        await stop(group, why);
        return group === null ? "The fleet is stopped: nothing is written any more." : `Group ${group} is stopped: nothing of it is written any more.`;
      }}
    >
      <p>
        Headroom goes on measuring, forecasting and recording, and changes no capacity until someone resumes. Sizes stay as they are; the cloud’s own policies go on
        working.
      </p>
    </ActionDialog>
  );
}

export function ResumeDialog({ group, stopped, zone }: { group: string | null; stopped: Stop | null; zone: Zone }) {
  return (
    <ActionDialog
      title={`Let Headroom write again for ${named(group)}?`}
      confirm="Resume"
      act={async () => {
        await resume(group);
        return group === null ? "The fleet is resumed: capacity is written again from the next tick on." : `Group ${group} is resumed: its capacity is written again from the next tick on.`;
      }}
    >
      {stopped ? <p>{`It was stopped by ${stopped.by} on ${dayAndTime(stopped.at, zone)}: ${stopped.why}`}</p> : null}
      <p>From the next tick on it writes capacity as the mode of each group allows.</p>
    </ActionDialog>
  );
}

interface ApprovalProps {
  group: Group;
  proposal: Proposal;
  verdict: "approved" | "rejected";
  zone: Zone;
}

export function ApprovalDialog({ group, proposal, verdict, zone }: ApprovalProps) {
  const { action, before, desired, tick, until } = proposal;
  const what = `${ACTION_TEXT[action].toLowerCase()} from ${before} to ${instances(desired)}`;
  const decided = group.decision?.tick === tick ? group.decision.sentence : null;
  const approves = verdict === "approved";
  return (
    <ActionDialog
      title={`${approves ? "Approve" : "Reject"}: ${group.id}, ${what}?`}
      confirm={approves ? "Approve" : "Reject"}
      danger={!approves}
      act={async () => {
        await answer(group.id, proposal, verdict);
        return `${approves ? "Approved" : "Rejected"}: ${group.id}, ${what}. The next tick takes it in.`;
      }}
    >
      <dl className="facts-list">
        <div>
          <dt>Group</dt>
          <dd>{group.id}</dd>
        </div>
        <div>
          <dt>What</dt>
          <dd>{`${what}${group.apply === "floor" ? " (the minimum)" : ""}`}</dd>
        </div>
        <div>
          <dt>Proposed</dt>
          <dd>{dayAndTime(tick, zone)}</dd>
        </div>
        <div>
          <dt>Stands until</dt>
          <dd>{dayAndTime(until, zone)}</dd>
        </div>
      </dl>
      {decided ? <p>{sentence(decided, zone)}.</p> : null}
      <p className="quiet">{approves ? "The answer counts for this proposal alone. Where it no longer stands, nothing is done." : "It is not carried out, nor anything that goes further."}</p>
    </ActionDialog>
  );
}

export function UnsetModeDialog({ group }: { group: Group }) {
  return (
    <ActionDialog
      title={`Back to the mode of fleet.toml for group ${group.id}?`}
      confirm={`Back to ${group.configured_mode}`}
      act={async () => {
        await unsetMode(group.id);
        return `Group ${group.id} is in mode ${group.configured_mode} again, as fleet.toml says.`;
      }}
    >
      <p>{`It is in mode ${group.mode} now, and goes to mode ${group.configured_mode} at the next tick.`}</p>
    </ActionDialog>
  );
}

export function ReleaseDialog({ group }: { group: Group }) {
  const allocation = group.control.allocation;
  return (
    <ActionDialog
      title={`Take the allocation of group ${group.id} back?`}
      confirm="Take it back"
      act={async () => {
        await release(group.id);
        return `The allocation of group ${group.id} is taken back: its size follows the forecast again.`;
      }}
    >
      <p>{allocation ? `At least ${instances(allocation.instances)} were asked for by ${allocation.by}: ${allocation.why}` : "Nothing is allocated."}</p>
    </ActionDialog>
  );
}

export function TrainDialog({ group }: { group: Group }) {
  return (
    <ActionDialog
      title={`Ask for a new training of group ${group.id}?`}
      confirm="Ask for training"
      act={async () => {
        await train(group.id);
        return `A training of group ${group.id} is asked for.`;
      }}
    >
      <p>Whoever trains takes it in at its next run. The new model serves only where it does at least as well as the one that serves now.</p>
    </ActionDialog>
  );
}
