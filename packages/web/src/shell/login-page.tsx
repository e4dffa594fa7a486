/** Asks for the operator token and says where it is. */
import { useEffect, useRef, useState } from 'react';
import { connection } from '../live/app-state.ts';
import type { ApiError } from '../net/api.ts';
import { Brand } from './brand.tsx';

interface Props {
  error: ApiError | null;
  /** A token that could not be tried because the server did not answer. */
  token: string;
}

export function LoginPage({ error, token }: Props) {
  const [value, setValue] = useState(token);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setBusy(false);
    field.current?.focus();
    field.current?.select();
  }, [error]);
  const submit = () => {
    setBusy(true);
    void connection.start(value.trim());
  };
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <form
        data-testid="login-form"
        className="panel w-full max-w-110 p-6 sm:p-8"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Brand />
        <label htmlFor="token" className="mt-6 block font-semibold">
          Operator token
        </label>
        <p id="token-help" className="mt-1 text-[0.93rem] text-soft">
          It is in the file <Code>operator-token</Code> in HEADSPACE_HOME (usually{' '}
          <Code>~/.headspace</Code>); <Code>npx headspace token</Code> prints it. Only machines that
          may see your agents should have it.
        </p>
        <input
          ref={field}
          id="token"
          type="password"
          name="token"
          autoComplete="current-password"
          spellCheck={false}
          required
          value={value}
          aria-describedby={error ? 'token-error token-help' : 'token-help'}
          aria-invalid={error ? true : undefined}
          onChange={(event) => setValue(event.target.value)}
          className="field mt-3 h-10 w-full font-mono"
        />
        {error ? <LoginError error={error} /> : null}
        <button className="button-primary mt-4 w-full" disabled={busy || value.trim() === ''}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
    </main>
  );
}

function LoginError({ error }: { error: ApiError }) {
  return (
    <p
      id="token-error"
      role="alert"
      data-attention="needs_you"
      className="mt-2 text-[0.93rem] text-tone"
    >
      {error.status === 401
        ? 'That token was not accepted. Copy it again, whole.'
        : `${error.message}. ${error.cure ?? ''}`}
    </p>
  );
}

function Code({ children }: { children: string }) {
  return <code className="rounded bg-raised px-1 font-mono text-[0.9em]">{children}</code>;
}
