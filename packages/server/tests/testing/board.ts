/** What the dashboard sees: the server's API, read as a browser reads it. */
import type { AgentView, HookEventView, TransitionView, TurnView } from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';

/** How long a step may take to be seen where no bound is promised; generous for a busy machine. */
const SEEN_MS = 15_000;
const LOOK_MS = 15;

export interface Board {
  /** All agents, ended ones too, oldest first. */
  agents(): Promise<AgentView[]>;
  agent(id: number): Promise<AgentView>;
  /** The only agent there is. */
  only(): Promise<AgentView>;
  /** Resolves to the first agent that fits. The error tells what there was instead. */
  when(what: string, fits: (agent: AgentView) => boolean): Promise<AgentView>;
  /** Oldest first. */
  transitions(id: number): Promise<TransitionView[]>;
  /** The attentions that a person saw, one after the other: steps within one are left out. */
  story(id: number): Promise<AgentView['attention'][]>;
  turns(id: number): Promise<TurnView[]>;
  events(id: number): Promise<HookEventView[]>;
}

export interface BoardAddress {
  readonly url: string;
  readonly operatorToken: string;
}

/** `address` is asked at each look: a server that is started again may have another one. */
export function createBoard(address: () => BoardAddress): Board {
  const get = async <T>(path: string): Promise<T> => {
    const { url, operatorToken } = address();
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${operatorToken}` },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  };
  const list = async <T>(id: number, name: string): Promise<T[]> => {
    const rows = await get<Record<string, T[]>>(`/api/agents/${id}/${name}?limit=500`);
    return (rows[name] ?? []).toReversed();
  };
  const board: Board = {
    async agents() {
      const { agents } = await get<{ agents: AgentView[] }>('/api/agents?include=ended');
      return agents.toSorted((a, b) => a.id - b.id);
    },
    agent: async (id) => get(`/api/agents/${id}`),
    async only() {
      const agents = await board.agents();
      const [agent] = agents;
      if (agent === undefined || agents.length !== 1) {
        throw new Error(`not exactly one agent:\n${agents.map(describe).join('\n')}`);
      }
      return agent;
    },
    async when(what, fits) {
      let seen: AgentView[] = [];
      return waitUntil(
        async () => {
          seen = await board.agents();
          return seen.find(fits);
        },
        {
          what: () => `${what}; the board has:\n${seen.map(describe).join('\n')}`,
          timeoutMs: SEEN_MS,
          everyMs: LOOK_MS,
        },
      );
    },
    transitions: async (id) => list<TransitionView>(id, 'transitions'),
    async story(id) {
      const seen = (await board.transitions(id)).map(({ toAttention }) => toAttention);
      return seen.filter((attention, index) => attention !== seen[index - 1]);
    },
    turns: async (id) => list<TurnView>(id, 'turns'),
    events: async (id) => list<HookEventView>(id, 'events'),
  };
  return board;
}

/**
 * Time from an act (`Date.now()`) to its being seen on the board, printed so that a run tells its
 * numbers; and since the newest evidence, which tells our part of it. Milliseconds.
 */
export function timeToBoard(act: string, actedAt: number, { evidence }: AgentView): number {
  const now = Date.now();
  const since = now - Date.parse(evidence[0]?.at ?? '');
  process.stdout.write(
    `real Claude Code: ${act} is on the board after ${now - actedAt} ms, ${since} ms after its evidence\n`,
  );
  return now - actedAt;
}

function describe(agent: AgentView): string {
  const { id, attention, state, reason, rule, kind, pid, tmuxPane, sessionIds, evidence } = agent;
  const newest =
    evidence[0] === undefined ? 'none' : `${evidence[0].source}: ${evidence[0].signal}`;
  return `${id} ${kind} pid ${pid} pane ${tmuxPane}: ${attention}/${state} (${reason}) by ${rule}, ${newest}; sessions ${sessionIds.join(' ')}`;
}
