/** One measurement that was not to be expected. */

import type { Anomaly } from "../api";
import { type Zone, dayAndTime, number } from "../format";
import { Dialog } from "../operate/Dialog";
import { useOperate } from "../operate/Operate";

export function AnomalyDialog({ anomaly, zone }: { anomaly: Anomaly; zone: Zone }) {
  const { close } = useOperate();
  return (
    <Dialog title={`Anomaly, ${dayAndTime(anomaly.timestamp, zone)}`} onClose={close}>
      <div className="dialog-body">
        <p>{anomalyText(anomaly)}</p>
        <dl className="facts-list">
          <div>
            <dt>Load measured</dt>
            <dd>{number(anomaly.load, 2)}</dd>
          </div>
          <div>
            <dt>Load forecast</dt>
            <dd>{number(anomaly.expected, 2)}</dd>
          </div>
          <div>
            <dt>How unusual the error is</dt>
            <dd>{number(anomaly.score, 1)}</dd>
          </div>
        </dl>
        <p className="quiet">In instances’ worth. The last figure counts in usual errors (robust z-score); beyond 6 it is an anomaly.</p>
      </div>
    </Dialog>
  );
}

export function anomalyText({ load, expected }: Anomaly): string {
  if (load == null || expected == null) return "The load was far from what was forecast.";
  return load > expected ? "Far more load was measured than was forecast." : "Far less load was measured than was forecast.";
}
