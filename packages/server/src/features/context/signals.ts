/**
 * Where signals of context use wait for the poller: the latest of each session and source, in the
 * database, so that any server may take them and any may poll.
 *
 * Signals that arrive while others are being written gather, and the newest of each session travels.
 */
import type { Pool } from 'pg';
import type { ContextReading } from '../../domain/context-use.ts';

export interface ContextSignal extends ContextReading {
  host: string;
  sessionId: string;
  source: 'statusline' | 'screen';
}

/**
 * An older signal, and one that says the same again, changes nothing. The screen's is looked at again
 * all the same: it may have been too old beside another source, and is not any more.
 */
const NOTE = `
insert into context_signals as s (host, session_id, source, at_ms, used_tokens, window_tokens,
  shown_percent, model, prompt_id)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
  $7::int[], $8::text[], $9::text[])
on conflict (host, session_id, source) do update set at_ms = excluded.at_ms,
  used_tokens = excluded.used_tokens, window_tokens = excluded.window_tokens,
  shown_percent = excluded.shown_percent, model = excluded.model, prompt_id = excluded.prompt_id,
  received_at = now(), polled = false
where excluded.at_ms > s.at_ms
  and (s.source = 'screen' or (s.used_tokens, s.window_tokens, s.shown_percent, s.model, s.prompt_id)
    is distinct from (excluded.used_tokens, excluded.window_tokens, excluded.shown_percent,
      excluded.model, excluded.prompt_id))`;

export class ContextSignals {
  private readonly pool: Pool;
  private waiting = new Map<string, ContextSignal>();
  private writing: Promise<void> | null = null;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  /** Resolves when the signal, or a newer one in its place, is written. Throws the database's error. */
  async note(signal: ContextSignal): Promise<void> {
    const key = JSON.stringify([signal.host, signal.sessionId, signal.source]);
    const other = this.waiting.get(key);
    if (other === undefined || other.at <= signal.at) this.waiting.set(key, signal);
    // A write that has begun does not carry this one: the next one does.
    const before = this.writing;
    if (before !== null) await before.catch(() => undefined);
    this.writing ??= this.write().finally(() => {
      this.writing = null;
    });
    await this.writing;
  }

  private async write(): Promise<void> {
    const batch = [...this.waiting.values()];
    this.waiting = new Map();
    if (batch.length === 0) return;
    const column = <K extends keyof ContextSignal>(key: K) => batch.map((signal) => signal[key]);
    await this.pool.query({
      name: 'note-context-signals',
      text: NOTE,
      values: [
        column('host'),
        column('sessionId'),
        column('source'),
        column('at'),
        column('usedTokens'),
        column('windowTokens'),
        column('shownPercent'),
        column('model'),
        column('promptId'),
      ],
    });
  }
}
