/** Another mode for a group than fleet.toml says. */

import { useState } from "react";

import type { Group, Mode } from "../api";
import { ActionDialog } from "./ActionDialog";
import { setMode } from "./calls";

/** What can be chosen, the most careful first. */
const CHOICES: readonly { mode: Mode; text: string }[] = [
  { mode: "observe", text: "decides and records, writes nothing" },
  { mode: "scale-out-only", text: "adds instances, removes none" },
  { mode: "active", text: "writes every change" },
];

export function ModeDialog({ group }: { group: Group }) {
  const [mode, setChosen] = useState<Mode>(group.mode);
  return (
    <ActionDialog
      title={`Mode of group ${group.id}`}
      confirm="Change the mode"
      needsWhy
      act={async (why) => {
        await setMode(group.id, mode, why);
        return `Group ${group.id} is in mode ${mode} from the next tick on.`;
      }}
    >
      <p>{`It is in mode ${group.mode}; fleet.toml says ${group.configured_mode}. What is chosen here holds until someone takes it back.`}</p>
      <fieldset className="options">
        <legend>New mode</legend>
        {CHOICES.map((choice) => (
          <label key={choice.mode} className="option">
            <input type="radio" name="mode" value={choice.mode} checked={mode === choice.mode} onChange={() => setChosen(choice.mode)} />
            <span>
              <strong>{choice.mode}</strong> {choice.text}
            </span>
          </label>
        ))}
      </fieldset>
    </ActionDialog>
  );
}
