/** Claude Code's status line input as a signal of context use. Pure. */
import { HOOK_HEADERS } from '@headspace/contract';
import { z } from 'zod';
import { storable } from '../../domain/display.ts';
import type { ContextSignal } from './signals.ts';

const count = z.number().int().min(0).max(1e12).nullish().catch(null);
const text = z.string().max(512).nullish().catch(null);

/** Only a session is needed; what else is missing or odd counts as not told. */
const StatusLineInput = z.looseObject({
  session_id: z.string().min(1).max(512),
  prompt_id: text,
  model: z.looseObject({ id: text }).nullish().catch(null),
  context_window: z
    .looseObject({ total_input_tokens: count, context_window_size: count })
    .nullish()
    .catch(null),
});

export interface StatusLineSource {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON. */
  readonly body: unknown;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly ownHost: string;
}

/** The signal, or where the input is not as expected. */
export function readStatusLine(source: StatusLineSource): ContextSignal | z.ZodError {
  const result = StatusLineInput.safeParse(source.body);
  if (!result.success) return result.error;
  const { session_id: sessionId, prompt_id: promptId, model, context_window: window } = result.data;
  const host = header(source, HOOK_HEADERS.host) ?? source.ownHost;
  // Zero before the first answer and after a compaction: it is not known yet.
  const used = window?.total_input_tokens ?? 0;
  const size = window?.context_window_size ?? 0;
  return {
    host,
    sessionId: storable(sessionId),
    source: 'statusline',
    at: saidAt(source, host),
    usedTokens: used > 0 ? used : null,
    windowTokens: size > 0 ? size : null,
    shownPercent: null,
    model: orNull(model?.id),
    promptId: orNull(promptId),
  };
}

/** The own host's clock is ours, so its word counts, unless it speaks of the future. */
function saidAt(source: StatusLineSource, host: string): number {
  const sent = Number(header(source, HOOK_HEADERS.sentAt) ?? Number.NaN);
  const usable = Number.isSafeInteger(sent) && sent > 0 && sent < source.receivedAt;
  return host === source.ownHost && usable ? sent : source.receivedAt;
}

function header({ headers }: StatusLineSource, name: string): string | null {
  const value = headers[name];
  const first = (Array.isArray(value) ? value[0] : value)?.trim();
  return first === undefined || first === '' || first.length > 1024 ? null : storable(first);
}

function orNull(value: string | null | undefined): string | null {
  return value === null || value === undefined || value === '' ? null : storable(value);
}
