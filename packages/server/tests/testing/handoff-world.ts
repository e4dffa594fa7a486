/**
 * Handoffs without Claude Code: its hooks are sent by the test, its prompts arrive when the test says
 * so, and what a launch starts is a program that sleeps, in real tmux.
 */
import { chmod, mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  AgentView,
  HandoffState,
  HandoffView,
  LaunchView,
  PromptView,
} from '@headspace/contract';
import { createTmux } from '@headspace/testkit/tmux';
import { waitUntil } from '@headspace/testkit/wait-until';
import { SECTION_NAMES } from '../../src/domain/handoff-document.ts';
import type { HookHeaders, HookWorldOptions } from './hook-world.ts';
import { type Answered, openPromptWorld, type PromptWorld } from './prompt-world.ts';

export interface HandoffWorld extends PromptWorld {
  /** The project's directory. */
  readonly project: string;
  request(
    body?: object,
    options?: { server?: number; headers?: Record<string, string>; agentId?: number },
  ): Promise<Answered<HandoffView & { code?: string; detail?: string }>>;
  handoff(id: number): Promise<HandoffView>;
  until(id: number, ...states: HandoffState[]): Promise<HandoffView>;
  launches(): Promise<LaunchView[]>;
  /** The prompt that waits for this agent and whose words fit; its arrival and the answer to it. */
  answer(agentId: number, words: RegExp, answer: string): Promise<PromptView>;
  /** The launch's Claude Code reports: its first hook. Resolves to the agent's id. */
  arrive(launch: LaunchView): Promise<number>;
  /** A hook of this agent's session. */
  hookOf(agentId: number, event: string, payload?: object): Promise<void>;
  promptsOf(agentId: number): Promise<PromptView[]>;
}

/** A document with something under each heading. */
export const DOCUMENT = SECTION_NAMES.map(
  (name, index) => `## ${name}\n- telling${index} word${index}\n`,
).join('\n');
export const ANSWER = SECTION_NAMES.map((_, index) => `telling${index} word${index}`).join('\n');

const SEEN_MS = 45_000;

export async function openHandoffWorld(options: HookWorldOptions = {}): Promise<HandoffWorld> {
  await using stack = new AsyncDisposableStack();
  const project = await realpath(await mkdtemp(join(tmpdir(), 'headspace-handoff-')));
  stack.defer(async () => rm(project, { recursive: true, force: true }));
  const program = join(project, 'program');
  await writeFile(program, '#!/bin/sh\nexec sleep 600\n');
  await chmod(program, 0o755);
  const tmux = stack.use(await createTmux());
  const settings = {
    'launches.program': program,
    'launches.tmuxSocket': tmux.socketPath,
    'jobs.intervalMs': 50,
    // A prompt that the test has claimed stays on its way until the test lets it arrive.
    'promptDelivery.graceMs': 600_000,
    ...options.settings,
  };
  const world = stack.use(await openPromptWorld({ ...options, settings }));
  // The agent's own directory is one that a launch can be started in.
  await world.pool.query('update projects set path = $1', [project]);
  const reads = readsOf(world);
  const owned = stack.move();
  return {
    ...world,
    ...reads,
    project,
    hookOf: hooksOf(world),
    request: async (body = {}, { agentId = world.agentId, ...more } = {}) =>
      world.api('POST', `/api/agents/${agentId}/handoffs`, body, more),
    answer: async (agentId, words, answer) => answerAs(world, reads, { agentId, words, answer }),
    arrive: async (launch) => arriveAs(world, launch, project),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

type Reads = Pick<HandoffWorld, 'handoff' | 'until' | 'launches' | 'promptsOf'>;

function readsOf({ api }: PromptWorld): Reads {
  const handoff = async (id: number) => (await api<HandoffView>('GET', `/api/handoffs/${id}`)).body;
  return {
    handoff,
    until: async (id, ...states) => {
      let seen: HandoffView | undefined;
      return waitUntil(
        async () => {
          seen = await handoff(id);
          return states.includes(seen.state) ? seen : undefined;
        },
        { timeoutMs: SEEN_MS, what: () => `${states.join(' or ')}: ${JSON.stringify(seen)}` },
      );
    },
    launches: async () =>
      (await api<{ launches: LaunchView[] }>('GET', '/api/launches')).body.launches,
    promptsOf: async (id) =>
      (await api<{ prompts: PromptView[] }>('GET', `/api/agents/${id}/prompts`)).body.prompts,
  };
}

function hooksOf(world: PromptWorld): HandoffWorld['hookOf'] {
  return async (agentId, event, payload = {}) => {
    const { body: agent } = await world.api<AgentView>('GET', `/api/agents/${agentId}`);
    const { sessionId: session_id } = agent;
    await world.send({ event, payload: { session_id, ...payload }, headers: marksOf(session_id) });
    await world.settled();
  };
}

async function answerAs(
  world: PromptWorld,
  { promptsOf }: Reads,
  { agentId, words, answer }: { agentId: number; words: RegExp; answer: string },
): Promise<PromptView> {
  let seen: PromptView[] = [];
  const prompt = await waitUntil(
    async () => {
      seen = await promptsOf(agentId);
      return seen.find(({ state, text }) => state === 'queued' && words.test(text));
    },
    { timeoutMs: SEEN_MS, what: () => `${String(words)} in ${JSON.stringify(seen)}` },
  );
  await world.claim(prompt);
  const hook = hooksOf(world);
  const turn = { prompt_id: `turn-of-${prompt.id}` };
  await hook(agentId, 'UserPromptSubmit', { prompt: prompt.text, ...turn });
  await hook(agentId, 'Stop', { last_assistant_message: answer, ...turn });
  return prompt;
}

async function arriveAs(world: PromptWorld, launch: LaunchView, cwd: string): Promise<number> {
  const session = `session-of-${launch.id}`;
  const pid = 5_000 + launch.id;
  world.processes.running.set(pid, '1');
  const headers = { ...marksOf(session), launch: launch.uuid };
  const payload = { session_id: session, source: 'startup', model: 'm', cwd };
  await world.send({ event: 'SessionStart', payload, headers });
  await world.settled();
  const agents = await world.agents();
  const agent = agents.find(({ sessionId }) => sessionId === session);
  if (agent === undefined) throw new Error('the launch has no agent');
  return agent.id;
}

/** Where the session with this id runs; that of the prompt world is in pane %1. */
function marksOf(session: string): HookHeaders {
  const named = /^session-of-(\d+)$/.exec(session)?.[1];
  const number = named === undefined ? 4_242 : 5_000 + Number(named);
  const tmuxPane = named === undefined ? '%1' : `%${100 + Number(named)}`;
  return { tmux: '/nowhere/tmux/default,4711,0', tmuxPane, claudePid: String(number) };
}

/** As a program writes a file that nobody shall see half of. */
export async function writeDocument({ path }: HandoffView, text = DOCUMENT): Promise<void> {
  if (path === null) throw new Error('the handoff has no document yet');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
