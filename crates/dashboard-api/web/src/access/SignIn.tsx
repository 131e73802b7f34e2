/** How to get in: paste the token, or go to the provider. */

import { type FormEvent, useId, useState } from "react";

import type { Auth } from "../api";
import { Icon } from "../parts/Icon";
import { keepToken, tokenOfText } from "./token";
import { type Trouble, howToSignIn } from "./trouble";

interface Props {
  auth: Auth | null;
  trouble: Trouble;
  /** Whether something is shown below that was seen before. */
  hasData: boolean;
  onSignedIn: () => void;
}

export function SignIn({ auth, trouble, hasData, onSignedIn }: Props) {
  return (
    <section className="signin" aria-labelledby="signin-title">
      <Icon name="key" />
      <div className="signin-body">
        <h2 id="signin-title">{trouble.message}</h2>
        <p>
          {howToSignIn(auth)}
          {hasData ? " What is shown below is what was seen last." : ""}
        </p>
        {auth?.kind === "token" ? <PasteToken onSignedIn={onSignedIn} /> : null}
        {auth?.kind === "oidc" ? <Provider auth={auth} /> : null}
      </div>
    </section>
  );
}

function PasteToken({ onSignedIn }: { onSignedIn: () => void }) {
  const id = useId();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = tokenOfText(text);
    if (token === null) {
      setProblem("That is no token: it is one long word, or the link that ends with it.");
      return;
    }
    keepToken(token);
    setText("");
    setProblem(null);
    onSignedIn();
  };
  return (
    <form className="signin-form" onSubmit={submit}>
      <label htmlFor={id}>Token or link</label>
      <input id={id} type="password" autoComplete="off" spellCheck={false} value={text} aria-invalid={problem !== null} aria-describedby={`${id}-problem`} onChange={(change) => setText(change.target.value)} />
      <button type="submit" className="button button-main">
        Sign in
      </button>
      <p id={`${id}-problem`} className="field-problem" role="alert">
        {problem}
      </p>
    </form>
  );
}

function Provider({ auth }: { auth: Auth }) {
  const [problem, setProblem] = useState<string | null>(null);
  const go = () => {
    setProblem(null);
    void import("./oidc").then(({ goToProvider }) => goToProvider(auth)).catch((error: unknown) => setProblem(String(error instanceof Error ? error.message : error)));
  };
  return (
    <>
      <button type="button" className="button button-main" onClick={go}>
        Sign in at {host(auth.issuer)}
      </button>
      {problem ? <p className="field-problem" role="alert">{`Signing in did not work: ${problem}`}</p> : null}
    </>
  );
}

function host(issuer: string | null | undefined): string {
  try {
    return new URL(issuer ?? "").host;
  } catch {
    return "the provider";
  }
}
