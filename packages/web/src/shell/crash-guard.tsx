/** Shows an error of the page itself in words, never as an empty page that looks like "no agents". */
import { Component, type ReactNode } from 'react';
import { Brand } from './brand.tsx';

interface State {
  error: Error | null;
}

export class CrashGuard extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className="flex min-h-dvh items-center justify-center p-4">
        <div className="panel w-full max-w-110 p-6 sm:p-8" role="alert">
          <Brand />
          <h1 className="mt-6 text-[1.2rem] font-semibold">This page broke</h1>
          <p className="mt-1.5 text-soft">
            Your agents and the server are not affected. Load the page again; if it breaks again,
            please report this:
          </p>
          <pre className="mt-3 max-h-40 overflow-auto rounded-md bg-raised p-3 font-mono text-[0.83rem] whitespace-pre-wrap">
            {error.message}
          </pre>
          <button
            type="button"
            className="button-primary mt-4 w-full"
            onClick={() => location.reload()}
          >
            Load again
          </button>
        </div>
      </main>
    );
  }
}
