/** The card of the model that serves: what it was trained on and how it scored. */

import type { ModelCard, ModelName } from "../api";
import { cardRows } from "../card";

export function ModelPanel({ card, model }: { card: ModelCard | null; model: ModelName | null }) {
  return (
    <section className="panel" aria-labelledby="model-title">
      <h2 id="model-title">Model card</h2>
      {card === null ? (
        <p className="empty">{model ? "The model in use has no stored card." : "No model has been trained yet: capacity follows the load measured."}</p>
      ) : (
        <dl className="facts" tabIndex={0} aria-labelledby="model-title">
          {cardRows(card).map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
