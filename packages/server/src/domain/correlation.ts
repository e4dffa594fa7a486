/**
 * Which agent an event belongs to. Pure: everything it needs is in its arguments, so the same
 * decision can be made once as a proposal and once more under the lock.
 *
 * What links a session to an agent, strongest first: the operating-system process, the session id,
 * the prompt_id shared by the end and the start of /clear and /resume, and the tmux pane.
 */
import {
  type Candidate,
  type EventFacts,
  isSamePane,
  isSameProcess,
  type KnownProcess,
  link,
  type Links,
} from './correlation-links.ts';

export type { Candidate, EventFacts, KnownProcess } from './correlation-links.ts';

/** What happens to the agent that owned a pane or process which another one takes over. */
export interface Loser {
  id: number;
  /**
   * `ends` with this reason, or only loses its pane, with this doubt about what it does now, or
   * loses the event's process while it goes on in another one.
   */
  fate:
    | { kind: 'ends'; reason: string }
    | { kind: 'loses_pane'; doubt: string | null }
    | { kind: 'loses_process' };
}

export interface Attribution {
  kind: 'agent';
  id: number;
  /** The event brings an ended agent back. */
  revive: boolean;
  /** Attributed for the record, but says nothing of the present. */
  recordOnly: string | null;
  /** The agent goes on under this event's session id. */
  adoptSession: boolean;
  /** The agent takes (or keeps) the event's pane. */
  takePane: boolean;
  /** Earlier processes of the agent that this one replaces. */
  replaced: readonly KnownProcess[];
  losers: readonly Loser[];
}

export type Decision =
  | Attribution
  | { kind: 'create'; print: boolean; takePane: boolean; losers: readonly Loser[] }
  | { kind: 'record'; reason: string };

/** Events that say a session is at work, and so may bring an unknown one to the board. */
const CREATING = new Set([
  'SessionStart',
  'UserPromptSubmit',
  'UserPromptExpansion',
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'PostToolBatch',
  'PermissionRequest',
  'PermissionDenied',
  'Stop',
  'StopFailure',
  'SubagentStart',
  'PreCompact',
  'Elicitation',
]);

export function correlate(event: EventFacts, candidates: readonly Candidate[]): Decision {
  const links = link(event, candidates);
  if (event.event === 'SessionStart') return correlateStart(event, links);
  return correlateOther(event, links);
}

function leaving({ left }: Links): Loser[] {
  return left === undefined ? [] : [{ id: left.id, fate: { kind: 'loses_process' } }];
}

function correlateStart(event: EventFacts, links: Links): Decision {
  const target = startTarget(event, links);
  const takePane = !event.print;
  const losers = startLosers(event, links, target?.id ?? null, takePane);
  if (target === undefined) return { kind: 'create', print: event.print, takePane, losers };
  const replaced = target.processes.filter(
    (known) =>
      event.pid !== null &&
      !isSameProcess(known, event) &&
      (known.presence === 'absent' || isSamePane(known, event)),
  );
  return attribute(target, event, { takePane, replaced, losers });
}

/** The agent that goes on with this start; undefined for a new one. */
function startTarget(event: EventFacts, links: Links): Candidate | undefined {
  const liveSession = links.session?.endedBy === null ? links.session : undefined;
  switch (event.source) {
    case 'resume':
      return links.session ?? links.process ?? links.handover;
    case 'clear':
      return links.process ?? liveSession ?? links.handover ?? links.pane;
    case 'compact':
      return links.session ?? links.process ?? links.pane;
    default:
      return links.process ?? links.session;
  }
}

/** Agents whose terminal or process now belongs to the started session. */
function startLosers(
  event: EventFacts,
  links: Links,
  targetId: number | null,
  takePane: boolean,
): Loser[] {
  const losers = new Map<number, Loser>();
  for (const left of [links.process, links.handover]) {
    if (left === undefined || left.id === targetId) continue;
    losers.set(left.id, {
      id: left.id,
      fate: { kind: 'ends', reason: 'its terminal went on with another session' },
    });
  }
  const owner = links.pane;
  if (takePane && owner !== undefined && owner.id !== targetId && !losers.has(owner.id)) {
    losers.set(owner.id, { id: owner.id, fate: paneFate(owner, event) });
  }
  return [...losers.values(), ...leaving(links)];
}

function paneFate(owner: Candidate, event: EventFacts): Loser['fate'] {
  const others = owner.processes.filter((known) => !isSameProcess(known, event));
  if (others.some((known) => known.presence === 'alive')) {
    return { kind: 'loses_pane', doubt: null };
  }
  if (others.length > 0 && others.every((known) => known.presence === 'absent')) {
    return { kind: 'ends', reason: 'its process is gone and another session started in its pane' };
  }
  return {
    kind: 'loses_pane',
    doubt: 'another session started in its pane; whether it still runs is not known',
  };
}

function correlateOther(event: EventFacts, links: Links): Decision {
  const known = links.session;
  if (known !== undefined) return knownSession(event, known, links.pane);
  const creating = CREATING.has(event.event);
  if (links.process !== undefined) {
    return creating
      ? attribute(links.process, event, { takePane: links.pane === undefined })
      : forTheRecord(links.process, event, 'of a session id that was never used');
  }
  if (!creating) return unknownSession(event, links);
  if (links.pane !== undefined && isFork(links.pane, event)) {
    return attribute(links.pane, event, { takePane: true });
  }
  const takePane = links.pane === undefined;
  return { kind: 'create', print: event.print, takePane, losers: leaving(links) };
}

/**
 * A session that nothing is known of but that it loads its instructions. That may be its start,
 * where http hooks are used (they are skipped for SessionStart), or the throwaway id of the resume
 * picker, which never comes again: then somebody was here before.
 */
function unknownSession(event: EventFacts, links: Links): Decision {
  const starts = event.event === 'InstructionsLoaded' && event.loadReason === 'session_start';
  if (!starts) return { kind: 'record', reason: `${event.event} of a session that is not known` };
  if (links.before !== undefined) {
    return forTheRecord(links.before, event, 'of a session id that was never used');
  }
  return { kind: 'create', print: event.print, takePane: !event.print, losers: [] };
}

function knownSession(
  event: EventFacts,
  known: Candidate,
  paneOwner: Candidate | undefined,
): Attribution {
  // A pane with an owner is not taken by anything less than a start.
  const takePane = (paneOwner === undefined || paneOwner.id === known.id) && !event.print;
  if (known.endedBy !== null) {
    // Sent before the end and delivered after it (spool): no sign of life.
    if (known.endedBy !== 'hook' && isBeforeEnd(event, known)) {
      return forTheRecord(known, event, 'was sent before the end of the agent');
    }
    if (event.event === 'UserPromptSubmit') return attribute(known, event, { takePane });
    if (event.event === 'SessionEnd' && known.endedBy === 'inference') {
      // The session's own word replaces the guess.
      return { ...attribute(known, event, {}), revive: false, adoptSession: false };
    }
    // A guess, and a person's hand on the board, are proved wrong by any sign of life.
    const back = known.endedBy !== 'hook' || event.sessionFileAlive;
    if (back && CREATING.has(event.event)) return attribute(known, event, { takePane });
    return forTheRecord(known, event, 'came after the end of the agent');
  }
  if (known.sessionId !== event.sessionId) {
    return forTheRecord(known, event, 'of an earlier session of this agent');
  }
  return attribute(known, event, { takePane: takePane && known.tmuxPane === null });
}

/** SessionEnd apart, which tells how it ended. */
function isBeforeEnd(event: EventFacts, { endedAt }: Candidate): boolean {
  if (event.event === 'SessionEnd' || event.sessionFileAlive) return false;
  return endedAt !== null && event.at < endedAt;
}

/**
 * `--resume --fork-session` starts under the old id; every later event has the new one. Only the
 * pane links them where no pid is known.
 */
function isFork(owner: Candidate, event: EventFacts): boolean {
  return owner.lastStart === 'resume' && owner.atRestSinceStart && event.pid === null;
}

function attribute(
  target: Candidate,
  event: EventFacts,
  extra: Partial<Pick<Attribution, 'takePane' | 'replaced' | 'losers'>>,
): Attribution {
  return {
    kind: 'agent',
    id: target.id,
    revive: target.endedBy !== null,
    recordOnly: null,
    adoptSession: target.sessionId !== event.sessionId,
    takePane: false,
    replaced: [],
    losers: [],
    ...extra,
  };
}

function forTheRecord(target: Candidate, event: EventFacts, why: string): Attribution {
  return {
    ...attribute(target, event, {}),
    revive: false,
    adoptSession: false,
    recordOnly: `${event.event} ${why}`,
  };
}
