/**
 * Agents with a persona, their hooks sent as Claude Code sends them, and the answers that it would
 * take. What would be typed waits in the queue: the pane is nobody's.
 */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AgentPersonaView, LaunchPurpose } from '@headspace/contract';
import type { SpawnedServer, TestServer } from '@headspace/testkit/server';
import type pg from 'pg';
import { asked, said } from '../../src/features/transcripts/testing/lines.ts';
import { type HookHeaders, type HookWorld, openHookWorld, post } from './hook-world.ts';

const NEVER = 86_400_000;
/** Start of the time that `asked` and `said` count from. */
const T0 = Date.UTC(2026, 10, 1);

export interface SentStart {
  readonly session?: string;
  readonly source?: string;
  readonly server?: Pick<TestServer, 'url' | 'hookToken'>;
  readonly headers?: HookHeaders;
}

/** Everything that an agent was given, in the order in which it happened. */
export interface InjectionFact {
  session: string;
  context: number;
  how: string;
  state: string;
  reason: string | null;
  /** State of the prompt that types it. */
  prompt: string | null;
}

/** Loops rest, but jobs run as always. */
export async function openPersonaWorld(
  options: Parameters<typeof openHookWorld>[0] = {},
): Promise<HookWorld> {
  const settings = {
    'agentReaper.intervalMs': NEVER,
    'sessionFiles.intervalMs': NEVER,
    'tmuxWatchdog.intervalMs': NEVER,
    // A busy machine is no reason to type what could have been answered.
    'personas.answerWithinMs': 1_400,
    ...options.settings,
  };
  return openHookWorld({ ...options, settings });
}

export async function writePersona(
  home: string,
  files: Readonly<Record<string, string>> = { 'skill.md': 'You review code.' },
  slug = 'reviewer',
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = name === '/guardrails.md' ? join(home, name) : join(home, 'personas', slug, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** A launch that waits for its agent, as if its terminal had been opened. Gives its uuid. */
export async function addLaunch(
  pool: pg.Pool,
  host: string,
  {
    persona = 'reviewer',
    purpose = 'person',
  }: { persona?: string | null; purpose?: LaunchPurpose } = {},
): Promise<string> {
  const uuid = randomUUID();
  await pool.query(
    `insert into launches (uuid, request, host, purpose, path, persona, state, tmux_session,
       created_at, changed_at, deadline_at)
     values ($1::uuid, '', $2, $3, '/acme', $4, 'starting', $1::text, now(), now(), now() + interval '1 hour')`,
    [uuid, host, purpose, persona],
  );
  return uuid;
}

/** What Claude Code would put into the context; null where the answer is empty. */
export async function start(
  server: Pick<TestServer, 'url' | 'hookToken'>,
  { session = 's', source = 'startup', headers = {} }: Omit<SentStart, 'server'> = {},
): Promise<string | null> {
  const answer = await post(server, {
    event: 'SessionStart',
    payload: { session_id: session, source, cwd: '/acme', model: 'm' },
    headers: { claudePid: '41', tmux: '/tmp/nobody,1,0', tmuxPane: '%1', ...headers },
  });
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
  const text = await answer.text();
  if (text === '') return null;
  const { hookSpecificOutput } = JSON.parse(text) as {
    hookSpecificOutput: { hookEventName: string; additionalContext: string };
  };
  return hookSpecificOutput.additionalContext;
}

/** A hook of the same session that has no answer. */
export async function hook(
  server: Pick<TestServer, 'url' | 'hookToken'>,
  event: string,
  payload: object = {},
  session = 's',
): Promise<void> {
  const answer = await post(server, {
    event,
    payload: { session_id: session, cwd: '/acme', ...payload },
    headers: { claudePid: '41', tmux: '/tmp/nobody,1,0', tmuxPane: '%1' },
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${event} answered ${answer.status}`);
}

export async function facts(pool: pg.Pool): Promise<InjectionFact[]> {
  const { rows } = await pool.query<InjectionFact>(
    `select i.session_id as session, i.context, i.how, i.state, i.reason, p.state as prompt
     from persona_injections i left join prompts p on p.id = i.prompt_id order by i.id`,
  );
  return rows;
}

/** Texts that wait to be typed. */
export async function typed(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ body: string }>(
    `select body from prompts where body like '[headspace-persona%' order by id`,
  );
  return rows.map(({ body }) => body);
}

export async function personaOf(
  server: Pick<TestServer | SpawnedServer, 'url' | 'operatorToken'>,
  agentId = 1,
): Promise<AgentPersonaView> {
  const answer = await fetch(`${server.url}/api/agents/${agentId}/persona`, {
    headers: { authorization: `Bearer ${server.operatorToken}` },
  });
  return (await answer.json()) as AgentPersonaView;
}

/** The transcript of a session, in which a hook's words stand before what follows them. */
export function transcriptOf(claudeFolder: string, session = 's') {
  const path = join(claudeFolder, 'projects', 'acme', `${session}.jsonl`);
  const add = async (line: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, `${line}\n`);
  };
  return {
    path,
    injected: async (content: string) =>
      add(
        JSON.stringify({
          type: 'attachment',
          uuid: randomUUID(),
          timestamp: new Date().toISOString(),
          attachment: { type: 'hook_additional_context', content: [content] },
        }),
      ),
    asks: async (text: string) => add(asked(text, 'p1', Date.now() - T0, { uuid: randomUUID() })),
    says: async (text: string) => add(said(text, Date.now() - T0, { parentUuid: null })),
  };
}
