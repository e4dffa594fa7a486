/**
 * What the hooks of an agent with a persona call for, in the section that applies them: a start of
 * its session claims an injection, a finished command may propose a learning, and what shows that
 * the session goes on asks for the proof of what was given.
 *
 *   claim (with the event) ─► deliver: files are read, the claim is taken, committed, answered
 *                         └─► nobody answered: typed by a job      confirm: by the transcript
 */
import { randomUUID } from 'node:crypto';
import {
  injectionJob,
  personaActivity,
  planInjection,
  WAITS_FOR_PERSONA,
} from '../../domain/persona-injection.ts';
import { learningsIn } from '../../domain/persona-text.ts';
import type { AlsoWrite, LoadedAgent, Section } from '../agents/index.ts';
import type { AppliedHook } from '../hooks/index.ts';
import type { PersonasContext } from './context.ts';
import { addProposal } from './learning-queries.ts';
import {
  addInjection,
  findInjection,
  type InjectionRow,
  injectionsOfSession,
  isRemote,
  moveInjection,
  type NewInjection,
  nextInjectionId,
  type SessionInjection,
  wentOnSince,
} from './queries.ts';

/** Whoever could answer has answered by then: the hook script waits 1.5 s. */
const UNANSWERED_MS = 2_000;
/** The last entry of a turn is on disk 94 ms after its Stop, and read soon after. */
const FOR_PROOF = { proof: true, afterMs: 1_000 };

export async function claimAlongside(
  context: PersonasContext,
  section: Section,
  applied: readonly AppliedHook[],
): Promise<AlsoWrite | undefined> {
  const writes: AlsoWrite[] = [];
  // Several starts can wait for one section, after the server was down: each sees those before it.
  const claimed: NewInjection[] = [];
  for (const event of applied) {
    const write = await claimFor(context, section, event, claimed);
    if (write !== null) writes.push(write);
  }
  if (writes.length === 0) return undefined;
  return async (client) => {
    for (const write of writes) await write(client);
  };
}

async function claimFor(
  context: PersonasContext,
  section: Section,
  event: AppliedHook,
  claimed: NewInjection[],
): Promise<AlsoWrite | null> {
  const { agent, hook } = event;
  if (agent.persona === null && agent.launchId === null) return null;
  switch (hook.name) {
    case 'SessionStart':
      return claimStart(context, section, { ...event, source: hook.payload.source }, claimed);
    case 'UserPromptSubmit':
    case 'StopFailure':
      askForProof(section, agent);
      return null;
    case 'Stop':
      askForProof(section, agent);
      return proposeLearnings(context, agent, hook.payload.last_assistant_message ?? '', hook.at);
    default:
      return null;
  }
}

async function claimStart(
  context: PersonasContext,
  section: Section,
  event: AppliedHook & { source: string },
  claimed: NewInjection[],
): Promise<AlsoWrite | null> {
  const { pool } = context;
  const { agent, sessionId, source } = event;
  const { persona } = agent;
  if (persona === null && !(await isRemote(pool, agent.launchId))) return null;
  const past = [
    ...(await injectionsOfSession(pool, sessionId)),
    ...claimed.filter((row) => row.sessionId === sessionId).map(asStored),
  ];
  const waiting = await stillInQueue(pool, agent, source);
  const last = past.at(-1);
  const wentOn = last === undefined || (await wentOnSince(pool, last, event.id));
  const start = { source, persona, answerable: event.answerable, wentOn };
  const plan = planInjection(start, past);
  if (plan === null) return null;
  if (waiting !== null) {
    // It is typed into the new context, where it would have been given again.
    const moved = { sessionId, context: plan.context };
    return async (client) => moveInjection(client, waiting.id, moved);
  }
  const row = await newInjection(context, agent, plan, event);
  claimed.push(row);
  return claim(section, agent, row);
}

async function newInjection(
  { pool, now }: PersonasContext,
  { id: agentId, sessionId, persona }: LoadedAgent,
  plan: NonNullable<ReturnType<typeof planInjection>>,
  event: Pick<AppliedHook, 'id' | 'eventId' | 'sessionId'> | null,
): Promise<NewInjection> {
  return {
    ...plan,
    id: await nextInjectionId(pool),
    agentId,
    sessionId: event?.sessionId ?? sessionId,
    cause: 'start',
    hookEventId: event?.id ?? null,
    eventId: event?.eventId ?? null,
    persona,
    token: randomUUID(),
    at: now(),
  };
}

function asStored(row: NewInjection): SessionInjection {
  return { ...row, state: 'claimed', claimedAt: new Date(row.at) };
}

/**
 * For an agent of which a launch knows by its pane alone: no SessionStart has told of it, or none
 * will. Typed; the SessionStart that comes late finds it.
 */
export async function claimLinked(
  context: PersonasContext,
  section: Section,
  agent: LoadedAgent,
): Promise<AlsoWrite | undefined> {
  const { pool } = context;
  const { persona, sessionId } = agent;
  if (persona === null && !(await isRemote(pool, agent.launchId))) return undefined;
  const past = await injectionsOfSession(pool, sessionId);
  const start = { source: 'startup', persona, answerable: false, wentOn: true };
  const plan = planInjection(start, past);
  if (plan === null) return undefined;
  return claim(section, agent, await newInjection(context, agent, plan, null));
}

/** An injection that was to be typed into the context before, and of which nothing was sent yet. */
async function stillInQueue(
  pool: PersonasContext['pool'],
  { state, persona }: LoadedAgent,
  source: string,
): Promise<InjectionRow | null> {
  const { open } = personaActivity(state.activity);
  const promptId = open?.promptId ?? null;
  if (open === null || promptId === null || (source !== 'clear' && source !== 'compact'))
    return null;
  const row = await findInjection(pool, open.id);
  const unsent = row?.promptState === 'queued' || row?.promptState === 'delivering';
  return row !== undefined && unsent && row.persona === persona ? row : null;
}

/** Opens the injection in the agent's activity, with the job that sees to it. */
export function claim(section: Section, agent: LoadedAgent, row: NewInjection): AlsoWrite {
  const { id, token } = row;
  section.apply(agent, (state, { ledger }) => {
    const { proved, open: before } = personaActivity(state.activity);
    if (before !== null) ledger.jobs.push(injectionJob(agent, before.id, FOR_PROOF));
    const open = { id, token, promptId: null };
    const persona = { open, proved, notice: null, hold: WAITS_FOR_PERSONA };
    const afterMs = row.how === 'answer' ? UNANSWERED_MS : 0;
    ledger.jobs.push(injectionJob(agent, id, { proof: false, afterMs }));
    return { agent: { ...state, activity: { ...state.activity, persona } }, outcome: 'claimed' };
  });
  return async (client) => addInjection(client, row);
}

function askForProof(section: Section, agent: LoadedAgent): void {
  const { open } = personaActivity(agent.state.activity);
  if (open === null) return;
  section.apply(agent, (state, { ledger }) => {
    ledger.jobs.push(injectionJob(agent, open.id, FOR_PROOF));
    return { agent: state, outcome: 'looked for' };
  });
}

function proposeLearnings(
  { hostId }: PersonasContext,
  { id, host, persona, state }: LoadedAgent,
  message: string,
  at: number,
): AlsoWrite | null {
  if (persona === null || host !== hostId) return null;
  const texts = learningsIn(message);
  if (texts.length === 0) return null;
  const from = { persona, host, agentId: id, commandId: state.command?.id ?? null, at };
  return async (client) => {
    for (const text of texts) await addProposal(client, { ...from, text });
  };
}
