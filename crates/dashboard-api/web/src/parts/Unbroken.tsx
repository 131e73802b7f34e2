/** Where a view cannot be loaded or drawn the rest of the page goes on, and it is told. */

import { Component, type ReactNode } from "react";

export class Unbroken extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <section className="panel fleet-empty" role="alert">
        <h1>This view could not be shown</h1>
        <p>The server may have been updated since the page was opened. Loading the page again gets the version that fits.</p>
        <button type="button" className="button button-main" onClick={() => location.reload()}>
          Load again
        </button>
      </section>
    );
  }
}
