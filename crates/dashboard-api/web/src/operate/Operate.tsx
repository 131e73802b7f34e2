/** What every control needs: who is asking, one dialog at a time, and a place where it is told what was done. */

import { type ReactNode, createContext, useCallback, useContext, useMemo, useState } from "react";

import type { Session } from "../api";
import { Said } from "./Said";

interface Operate {
  session: Session | null;
  /** Shows a dialog. It stays as it was opened, whatever a refresh brings. */
  open: (dialog: ReactNode) => void;
  close: () => void;
  /** Tells what was done, and has the page asked anew. */
  done: (text: string) => void;
}

const OperateContext = createContext<Operate | null>(null);

export function useOperate(): Operate {
  const operate = useContext(OperateContext);
  if (operate === null) throw new Error("a control stands outside of <Operating>");
  return operate;
}

interface Props {
  session: Session | null;
  onDone: () => void;
  children: ReactNode;
}

export function Operating({ session, onDone, children }: Props) {
  const [dialog, setDialog] = useState<ReactNode>(null);
  const [said, setSaid] = useState<{ text: string; count: number }>({ text: "", count: 0 });
  const close = useCallback(() => setDialog(null), []);
  const done = useCallback(
    (text: string) => {
      setSaid(({ count }) => ({ text, count: count + 1 }));
      onDone();
    },
    [onDone],
  );
  const operate = useMemo(() => ({ session, open: setDialog, close, done }), [session, close, done]);
  return (
    <OperateContext value={operate}>
      {children}
      {dialog}
      <Said said={said.text} count={said.count} onForget={() => setSaid(({ count }) => ({ text: "", count }))} />
    </OperateContext>
  );
}
