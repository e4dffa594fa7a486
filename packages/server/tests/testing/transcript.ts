/** Transcripts of made-up sessions, written while their hooks are sent. */
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { asked, said } from '../../src/features/transcripts/testing/lines.ts';
import type { HookWorld } from './hook-world.ts';

/** Start of the time that `asked` and `said` count from. */
const T0 = Date.UTC(2026, 10, 1);

export interface Session {
  readonly id: string;
  /** Sends a hook of the session. */
  hook(event: string, payload?: object, server?: number): Promise<void>;
  /** Adds a person's prompt to the transcript, as of now. */
  asks(text: string, promptId?: string): Promise<void>;
  /** Adds the agent's last message of a turn to the transcript, as of now. */
  says(text: string): Promise<void>;
}

/** A session that has started. Answers follow from the prompt before them, as in real files. */
export async function startSession(
  world: Pick<HookWorld, 'claudeFolder' | 'send'>,
  id: string,
): Promise<Session> {
  const folder = path.join(world.claudeFolder, 'projects', 'acme');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${id}.jsonl`);
  let prompts = 0;
  const add = (line: string) => appendFile(file, `${line}\n`);
  const uuid = () => `${id}-prompt-${prompts}`;
  const session: Session = {
    id,
    hook: (event, payload = {}, server = 0) =>
      world.send({
        event,
        server,
        payload: { session_id: id, transcript_path: file, cwd: '/acme', ...payload },
      }),
    asks: (text, promptId) => {
      prompts += 1;
      const fields = { uuid: uuid(), ...(promptId === undefined && { promptId: undefined }) };
      return add(asked(text, promptId ?? '', Date.now() - T0, fields));
    },
    says: (text) => add(said(text, Date.now() - T0, { parentUuid: uuid() })),
  };
  await session.hook('SessionStart', { source: 'startup', model: 'm' });
  return session;
}
