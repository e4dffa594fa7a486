/** Plays a recording into servers and compares what the API shows with its labels. */
import type { AgentView } from '@headspace/contract';
import { momentsOf, ordersOf } from '@headspace/testkit/arrival-order';
import {
  allowed,
  type Label,
  loadLabels,
  loadSession,
  type RecordedEvent,
} from '@headspace/testkit/recordings';
import type { HookHeaders, HookWorld } from './hook-world.ts';

export interface Delivery {
  /** What hooks say of the process that they come from. */
  readonly marks: 'pid and pane' | 'pane' | 'none';
  readonly repeat: 'once' | 'twice with one id' | 'twice without an id';
  /** Which of the possible orders of each moment; 0 is the recorded one. */
  readonly order: number;
}

/** Plays a whole recording; gives all differences from its labels, at each of its moments. */
export async function playRecording(
  world: HookWorld,
  name: string,
  delivery: Delivery,
): Promise<string[]> {
  const events = loadSession(name);
  const moments =
    delivery.order === 0 ? events.map((event) => [event]) : momentsOf(events).map(ordered);
  const run = new RecordedRun(world, loadLabels(name), delivery.marks !== 'none');
  const pids = processesOf(events);
  const complaints: string[] = [];
  for (const moment of moments) {
    for (const event of moment) {
      await deliver(world, name, event, pids[event.index] ?? 0, delivery);
    }
    await world.settled();
    const last = Math.max(...moment.map(({ index }) => index));
    complaints.push(...(await run.compare(last, events[last]?.payload.session_id ?? '')));
  }
  return [...complaints, ...(await run.end())];

  function ordered(moment: RecordedEvent[]): RecordedEvent[] {
    const orders = ordersOf(moment);
    return orders[delivery.order % orders.length] ?? moment;
  }
}

async function deliver(
  world: HookWorld,
  name: string,
  { event, index, payload }: RecordedEvent,
  process: number,
  { marks, repeat }: Delivery,
): Promise<void> {
  const number = Number(name.slice(1, 3));
  const headers: HookHeaders = {};
  if (marks !== 'none') {
    headers.tmux = '/tmp/tmux-1000/default,21257,0';
    headers.tmuxPane = `%${number}`;
  }
  if (marks === 'pid and pane') headers.claudePid = String(40_000 + number * 100 + process);
  if (repeat === 'twice with one id') headers.eventId = `${name}-${index}`;
  const times = repeat === 'once' ? 1 : 2;
  await Promise.all(
    Array.from({ length: times }, async () => world.send({ event, payload, headers })),
  );
}

/** Number of the process that sent each line: a start that follows no /clear or /resume is a new one. */
export function processesOf(events: readonly RecordedEvent[]): number[] {
  let process = 0;
  let started = false;
  let over = false;
  let handedOver = false;
  return events.map(({ event, payload }) => {
    const fresh =
      event === 'SessionStart' &&
      (payload['source'] === 'startup' || payload['source'] === 'resume');
    if (over || (fresh && started && !handedOver)) {
      process++;
      started = false;
      over = false;
    }
    if (event === 'SessionStart') {
      started = true;
      handedOver = false;
    }
    if (event === 'SessionEnd') {
      handedOver = payload['reason'] === 'clear' || payload['reason'] === 'resume';
      over = !handedOver;
    }
    return process;
  });
}

/** Follows the agents of one recording by the letters of its labels. */
export class RecordedRun {
  private readonly world: Pick<HookWorld, 'agents'>;
  private readonly labels: readonly Label[];
  private readonly agents = new Map<string, number>();
  /** All agents that a letter has stood for. */
  private readonly known = new Set<number>();
  private readonly last = new Map<string, Label>();
  private readonly forksLinked: boolean;
  private readonly sessions = new Set<string>();

  /**
   * @param forksLinked whether hooks carry pid or pane: nothing else links the new session id of a
   *   fork to the agent that was forked
   */
  constructor(world: Pick<HookWorld, 'agents'>, labels: readonly Label[], forksLinked: boolean) {
    this.world = world;
    this.labels = labels;
    this.forksLinked = forksLinked;
  }

  /** After line `index`: its agent as labelled, all others as they were. */
  async compare(index: number, sessionId: string | null): Promise<string[]> {
    const label = this.labels[index];
    if (label === undefined || label.agent === null) return [];
    // Before its first hook an agent need not exist, whatever the session file says.
    if (sessionId === null && !this.agents.has(label.agent)) return [];
    const agents = await this.world.agents();
    if (sessionId !== null) this.sessions.add(sessionId);
    const complaints = this.identify(label, agents, sessionId);
    if (complaints.length > 0) return complaints;
    this.last.set(label.agent, label);
    return [...this.last].flatMap(([letter, expected]) => {
      const agent = agents.find(({ id }) => id === this.agents.get(letter));
      if (agent === undefined) return [`line ${index}: agent ${letter} is not there any more`];
      const { attention, state, endedAt } = agent;
      const differences = allowed(expected, { attention, state, ended: endedAt !== null });
      return differences.map((text) => `${text} at line ${index}: ${agent.rule}, ${agent.reason}`);
    });
  }

  /** Every agent of these sessions is one of the labelled ones. */
  async end(): Promise<string[]> {
    return (await this.world.agents())
      .filter(({ sessionIds }) => sessionIds.some((id) => this.sessions.has(id)))
      .filter(({ id }) => !this.known.has(id))
      .map(({ id, sessionIds }) => `agent ${id} (${sessionIds.join()}) is one too many`);
  }

  private identify(label: Label, agents: AgentView[], sessionId: string | null): string[] {
    const letter = label.agent ?? '';
    const owner = agents.findLast(
      ({ sessionIds, endedAt }) =>
        sessionId !== null && sessionIds.includes(sessionId) && endedAt === null,
    );
    const ended = agents.findLast(
      ({ sessionIds }) => sessionId !== null && sessionIds.includes(sessionId),
    );
    const found = (owner ?? ended)?.id;
    const known = this.agents.get(letter);
    if (known === undefined) {
      if (found === undefined) return [`line ${label.i}: no agent for session ${sessionId}`];
      if ([...this.agents.values()].includes(found)) {
        return [`line ${label.i}: ${letter} is the same agent as another letter`];
      }
      return this.take(letter, found);
    }
    // A throwaway id belongs to nobody; the chain tells the agent then.
    if (found === undefined || found === known) return [];
    const others = (label.agent_alt ?? []).map((other) => this.agents.get(other));
    if (others.includes(found) || !this.forksLinked) return this.take(letter, found);
    return [`line ${label.i}: session ${sessionId} is agent ${found}, not ${known} (${letter})`];
  }

  private take(letter: string, id: number): [] {
    this.agents.set(letter, id);
    this.known.add(id);
    return [];
  }
}
