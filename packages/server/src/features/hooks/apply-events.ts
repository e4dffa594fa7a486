/**
 * The section of the hook queue: under the locks of the proposed agents it applies all events that
 * wait for them, oldest first, as far as they belong to these agents and no others.
 */
import {
  type AlsoWrite,
  type AppliedEvent,
  type LoadedAgent,
  newAgent,
  projectOf,
  type Section,
  withAgents,
} from '../agents/index.ts';
import { findOpenLaunch, linkLaunch, type LaunchRow as StartedBy } from '../launches/index.ts';
import type { Decision } from '../../domain/correlation.ts';
import { freshActivity } from '../../domain/activity.ts';
import { type Applied, applyToAgent, applyToNewAgent } from './attribute.ts';
import { isPlainlyOf, needsALook, type PresenceMap } from './candidates.ts';
import type { AppliedHook, HooksContext } from './context.ts';
import type { StoredEvent } from './envelope.ts';
import { FaultyEvent, parseFor, type ParsedEvent } from './parsed-event.ts';
import { candidatesOf, decide } from './propose.ts';
import { pendingEvents } from './queue-queries.ts';

/** Events that one section applies at most. */
export const SECTION_EVENTS = 50;

export interface SectionRequest {
  head: StoredEvent;
  ids: number[];
  newId: number | null;
  presence: PresenceMap;
  /** 1 to find out which event of a batch is the faulty one. */
  limit: number;
}

export interface SectionOutcome {
  applied: AppliedEvent[];
  /** The agents of the section, for the hint of the next event. */
  agents: LoadedAgent[];
}

/** Applies what waits. Returns nothing applied where the proposal no longer holds. */
export async function applyEvents(
  context: HooksContext,
  request: SectionRequest,
): Promise<SectionOutcome> {
  const { head, ids } = request;
  const project = request.newId === null ? null : await projectOfEvent(context, head);
  const launch = await launchOfEvent(context, head);
  const purpose = `hook ${head.event}`;
  return withAgents(context, ids, { purpose }, async (section) => {
    const sessionIds = [...section.agents.values()].flatMap((agent) => agent.sessionIds);
    const waiting = await pendingEvents(
      context.pool,
      head,
      [...new Set([head.sessionId, ...sessionIds])],
      request.limit,
    );
    const applied: AppliedEvent[] = [];
    for (const stored of waiting) {
      const done = await applyOne(context, section, request, stored, project);
      if (done === null) break;
      applied.push(done);
    }
    const done = waiting.slice(0, applied.length);
    if (applied.length === 0) return { applied, agents: [...section.agents.values()] };
    const linked = await linkStarted(context, section, applied, launch);
    const beside = await context.alongside?.(section, hooksOf(context, section, applied, done));
    await section.persist(applied, both(linked, beside));
    return { applied, agents: [...section.agents.values()] };
  });
}

/**
 * Null where the event needs other agents than this section holds, or a look at processes: it is the
 * next one's head.
 */
async function applyOne(
  context: HooksContext,
  section: Section,
  request: SectionRequest,
  stored: StoredEvent,
  project: Awaited<ReturnType<typeof projectOf>> | null,
): Promise<AppliedEvent | null> {
  const event = parseFor(context, stored);
  const decision = await decideInside(context, section, event, request.presence);
  if (decision === null || !holdsAll(section, decision, request.newId)) return null;
  try {
    if (decision.kind === 'agent') {
      const agent = section.agents.get(decision.id);
      if (agent === undefined) return null;
      return toRow(stored, agent.id, applyToAgent(section, agent, event, decision));
    }
    if (request.newId === null || project === null || stored.id !== request.head.id) return null;
    const agent = freshAgent(request.newId, event, project, decision);
    section.agents.set(agent.id, agent);
    return toRow(stored, agent.id, applyToNewAgent(section, agent, event, decision.losers));
  } catch (error) {
    throw new FaultyEvent(stored, error);
  }
}

function toRow(stored: StoredEvent, agentId: number, applied: Applied): AppliedEvent {
  return { id: stored.id, agentId, ...applied };
}

/**
 * The decision with fresh rows: those of the section as they are in memory, others as stored. Null
 * for an event of no agent, and for one that cannot be decided here.
 */
async function decideInside(
  context: HooksContext,
  section: Section,
  event: ParsedEvent,
  presence: PresenceMap,
): Promise<ForAgents | null> {
  const held = [...section.agents.values()];
  const [only] = held;
  if (only !== undefined && held.length === 1 && isPlainlyOf(only, event)) {
    return forAgents(decide(event, held, presence));
  }
  const stored = await candidatesOf(context, event);
  const agents = [...held, ...stored.filter(({ id }) => !section.agents.has(id))];
  if (needsALook(event, agents, presence, context.hostId)) return null;
  return forAgents(decide(event, agents, presence));
}

type ForAgents = Exclude<Decision, { kind: 'record' }>;

function forAgents(decision: Decision): ForAgents | null {
  return decision.kind === 'record' ? null : decision;
}

function holdsAll(section: Section, decision: ForAgents, newId: number | null): boolean {
  const known = decision.kind === 'agent' ? section.agents.has(decision.id) : newId !== null;
  return known && decision.losers.every(({ id }) => section.agents.has(id));
}

function freshAgent(
  id: number,
  event: ParsedEvent,
  project: NonNullable<Awaited<ReturnType<typeof projectOf>>>,
  decision: Extract<Decision, { kind: 'create' }>,
): LoadedAgent {
  const { stored } = event;
  const at = event.hook?.at ?? stored.receivedAt;
  return newAgent(id, {
    project,
    host: stored.host,
    kind: decision.print ? 'print' : 'interactive',
    sessionId: stored.sessionId,
    handoverPromptId: null,
    lastStart: event.facts.source,
    cwd: event.cwd,
    transcriptPath: event.transcriptPath,
    model: event.model,
    tmuxSocket: decision.takePane ? stored.tmuxSocket : null,
    tmuxPane: decision.takePane ? stored.tmuxPane : null,
    createdAt: at,
    state: { activity: freshActivity(at), command: null, ending: null },
  });
}

/** What was applied to agents with a persona or a launch, with the agents as they are now. */
function hooksOf(
  context: HooksContext,
  section: Section,
  applied: readonly AppliedEvent[],
  events: readonly StoredEvent[],
): AppliedHook[] {
  return events.flatMap((stored, n) => {
    const agent = section.agents.get(applied[n]?.agentId ?? 0);
    if (agent === undefined || (agent.persona === null && agent.launchId === null)) return [];
    const { hook } = parseFor(context, stored);
    if (hook === null) return [];
    const { id, eventId, sessionId, spooled, late } = stored;
    const answerable = !spooled && !late && applied[n]?.status === 'applied';
    return [{ agent, hook, id, eventId, sessionId, answerable }];
  });
}

function both(one: AlsoWrite | undefined, other: AlsoWrite | undefined): AlsoWrite | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return async (client) => {
    await one(client);
    await other(client);
  };
}

/** The launch that a first sign of a session names, while that still waits for its agent. */
async function launchOfEvent(
  { pool, hostId }: HooksContext,
  { event, launch, host }: StoredEvent,
): Promise<StartedBy | null> {
  if (launch === null || event !== 'SessionStart' || host !== hostId) return null;
  return findOpenLaunch(pool, launch, host);
}

/** Only the session in the launch's own pane: what it starts itself inherits the environment. */
async function linkStarted(
  { pool, now }: HooksContext,
  section: Section,
  applied: readonly AppliedEvent[],
  launch: StartedBy | null,
): Promise<AlsoWrite | undefined> {
  const [first] = applied;
  if (launch === null || first?.status !== 'applied') return undefined;
  const agent = section.agents.get(first.agentId);
  if (agent === undefined || agent.launchId !== null || agent.kind === 'print') return undefined;
  return linkLaunch(pool, section, agent, launch, now());
}

/** A project is made before the lock is taken: it is nobody's row. */
async function projectOfEvent(context: HooksContext, head: StoredEvent) {
  const { cwd } = parseFor(context, head);
  return projectOf(context.pool, head.host, cwd ?? '(unknown directory)');
}
