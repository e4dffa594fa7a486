/** A stored event read for its rules: the payload checked against its own schema. */
import { HOOK_PAYLOADS, type HookEventName } from '@headspace/contract';
import { z } from 'zod';
import type { EventFacts } from '../../domain/correlation.ts';
import type { Hook } from '../../domain/hook.ts';
import { storable } from '../../domain/display.ts';
import type { HooksContext } from './context.ts';
import type { StoredEvent } from './envelope.ts';

/** An error that is the event's own: it counts as a try. Everything else is the world's. */
export class FaultyEvent extends Error {
  override name = 'FaultyEvent';
  readonly event: StoredEvent;
  constructor(event: StoredEvent, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.event = event;
  }
}

export interface ParsedEvent {
  stored: StoredEvent;
  /** Null for an event that this version has no rules for. */
  hook: Hook | null;
  facts: EventFacts;
  cwd: string | null;
  transcriptPath: string | null;
  model: string | null;
}

/** Fields that correlation reads, whatever the event. Wrong types count as absent. */
const Marks = z.looseObject({
  prompt_id: z.string().optional().catch(undefined),
  source: z.string().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  load_reason: z.string().optional().catch(undefined),
  model: z.string().optional().catch(undefined),
  cwd: z.string().optional().catch(undefined),
  transcript_path: z.string().optional().catch(undefined),
});

type ParseContext = Pick<HooksContext, 'hostId' | 'sessionFileAlive'>;

/** Throws FaultyEvent for a payload that does not fit its event. */
export function parseFor(context: ParseContext, stored: StoredEvent): ParsedEvent {
  try {
    return parse(context, stored);
  } catch (error) {
    throw new FaultyEvent(stored, error);
  }
}

function parse(context: ParseContext, stored: StoredEvent): ParsedEvent {
  const payload: unknown = JSON.parse(stored.payload);
  const marks = Marks.parse(payload);
  const at = happenedAt(stored, context.hostId);
  const cwd = marks.cwd === undefined ? null : storable(marks.cwd);
  return {
    stored,
    hook: parseHook(stored, payload, at),
    facts: {
      event: stored.event,
      at,
      cwd,
      loadReason: marks.load_reason ?? null,
      sessionId: stored.sessionId,
      host: stored.host,
      pid: stored.pid,
      procStart: stored.procStart,
      tmuxSocket: stored.tmuxSocket,
      tmuxPane: stored.tmuxPane,
      promptId: marks.prompt_id ?? null,
      source: stored.event === 'SessionStart' ? (marks.source ?? null) : null,
      reason: stored.event === 'SessionEnd' ? (marks.reason ?? null) : null,
      print: isPrint(stored, marks),
      sessionFileAlive:
        stored.host === context.hostId && context.sessionFileAlive(stored.sessionId),
    },
    cwd,
    transcriptPath: marks.transcript_path === undefined ? null : storable(marks.transcript_path),
    model: marks.model === undefined ? null : storable(marks.model),
  };
}

function parseHook(stored: StoredEvent, payload: unknown, at: number): Hook | null {
  if (!Object.hasOwn(HOOK_PAYLOADS, stored.event)) return null;
  const name = stored.event as HookEventName;
  const result = HOOK_PAYLOADS[name].safeParse(payload);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new Error(
      `the payload of ${name} is not as expected: ${issue?.path.join('.')} ${issue?.message}`,
    );
  }
  // The table pairs each name with its own schema, which TypeScript cannot follow here.
  return { name, payload: result.data, inboxId: stored.id, at } as Hook;
}

/** The own host's clock is ours, so its word counts, unless it speaks of the future. */
function happenedAt(stored: StoredEvent, ownHost: string): number {
  const { sentAt, receivedAt } = stored;
  return sentAt !== null && stored.host === ownHost && sentAt < receivedAt ? sentAt : receivedAt;
}

/**
 * `claude -p` says so by its entrypoint. Without that: an interactive startup names its model, a
 * print run does not (2.1.197).
 */
function isPrint(stored: StoredEvent, marks: z.infer<typeof Marks>): boolean {
  if (stored.entrypoint !== null) return stored.entrypoint.startsWith('sdk');
  return stored.event === 'SessionStart' && marks.source === 'startup' && marks.model === undefined;
}
