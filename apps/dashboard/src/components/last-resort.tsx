import { Component, type ReactNode } from "react";

import { failureOf } from "../errors/failure.ts";
import { Button } from "./button.tsx";
import { ErrorNote } from "./error-note.tsx";

interface State {
  error: unknown;
  failed: boolean;
}

/** Instead of an empty page after a fault in the page itself. */
export class LastResort extends Component<{ children: ReactNode }, State> {
  override state: State = { error: undefined, failed: false };

  static getDerivedStateFromError(error: unknown): State {
    return { error, failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="mx-auto max-w-xl p-4">
        <ErrorNote failure={failureOf(this.state.error)}>
          <Button onClick={() => location.reload()}>Reload</Button>
        </ErrorNote>
      </div>
    );
  }
}
