/** What happens to the embedded PostgreSQL, for the log. */
export type EmbeddedEvent =
  | { readonly kind: 'created'; readonly dataDir: string }
  /** `taken_over`: it ran already, started by another process or left by one that was killed. */
  | { readonly kind: 'started' | 'taken_over'; readonly pid: number; readonly port: number }
  | { readonly kind: 'lost'; readonly error: Error }
  | { readonly kind: 'restart_failed'; readonly error: Error; readonly nextTryMs: number }
  | { readonly kind: 'stopped' }
  /** We stop, but other server processes still use PostgreSQL. */
  | { readonly kind: 'left_running' };
