/** The card of the model that serves: what it was trained on and how it scored. */

import type { ModelCard, ModelName } from "../api";
import { type CardScore, cardRows, cardScores, cardVerdict } from "../card";
import { number } from "../format";

export function ModelPanel({ card, model }: { card: ModelCard | null; model: ModelName | null }) {
  return (
    <section className="panel" aria-labelledby="model-title">
      <h2 id="model-title">Model card</h2>
      {card === null ? (
        <p className="empty">{withoutCard(model)}</p>
      ) : (
        <div className="facts" tabIndex={0} role="group" aria-label="Facts about the model">
          {cardVerdict(card) === null ? null : <p>{cardVerdict(card)}</p>}
          <Scores scores={cardScores(card)} used={model?.name ?? null} />
          <dl>
            {cardRows(card).map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </section>
  );
}

function withoutCard(model: ModelName | null): string {
  if (model === null) return "No model has been trained yet: capacity follows the load measured.";
  if (model.name === "default") return "The default model serves until one is trained on the group's own history.";
  return "The model in use has no stored card.";
}

function Scores({ scores, used }: { scores: CardScore[]; used: string | null }) {
  if (scores.length === 0) return null;
  return (
    <table>
      <caption>Errors on rows it was not trained on; lower is better</caption>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">MAE</th>
          <th scope="col">WQL</th>
        </tr>
      </thead>
      <tbody>
        {scores.map(({ model, mae, wql }) => (
          <tr key={model} className={model === used ? "used" : undefined}>
            <th scope="row">
              {model}
              {model === used ? <span className="quiet"> in use</span> : null}
            </th>
            <td>{number(mae, 4)}</td>
            <td>{number(wql, 4)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
