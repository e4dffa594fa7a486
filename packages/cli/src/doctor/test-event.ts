/** A test event through the installed script, sent the way Claude Code sends one. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HookEventView } from '@headspace/contract';
import { request } from '../api.ts';
import type { CliContext, Site } from '../context.ts';
import { readLine } from '@headspace/home';
import { isRecord, shellQuote } from '../hooks/entries.ts';
import { failed, ok, warning, type Check } from './check.ts';

/** An event that changes no agent. */
const EVENT = 'ConfigChange';
const ARRIVAL_MS = 3000;
const POLL_MS = 50;
/** What Claude Code waits per event, generously. */
const SLOW_MS = 250;

/** Sends the event, then asks the server what arrived. */
export async function checkTestEvent(context: CliContext, site: Site): Promise<Check[]> {
  const sessionId = `headspace-doctor-${randomUUID()}`;
  const started = performance.now();
  const run = await runScript(context, site, sessionId);
  const took = Math.round(performance.now() - started);
  const noise = run.code !== 0 || run.stderr !== '' || run.stdout !== '';
  const said = `exit code ${run.code}, "${run.stdout}${run.stderr}"`;
  const script = noise
    ? failed('hook run', `the script was not silent: ${said}`, 'Run `headspace hooks install`.')
    : took > SLOW_MS
      ? warning('hook run', `silent, but took ${took} ms`, 'Is the machine very busy?')
      : ok('hook run', `silent, ${took} ms`);
  const event = await arrived(site, sessionId);
  if (event === undefined) {
    const cure = `Compare ${site.paths.hookToken} and ${site.paths.hookUrl} with the server's.`;
    return [script, failed('test event', 'did not arrive at the server', cure)];
  }
  return [script, ok('test event', 'arrived'), ...signalChecks(context, site, event)];
}

interface ScriptRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runScript(context: CliContext, site: Site, sessionId: string): Promise<ScriptRun> {
  const payload = {
    session_id: sessionId,
    transcript_path: '',
    cwd: context.cwd,
    hook_event_name: EVENT,
    source: 'headspace_doctor',
  };
  const env = {
    ...context.env,
    CLAUDECODE: '1',
    CLAUDE_CODE_ENTRYPOINT: 'cli',
    CLAUDE_CODE_SESSION_ID: sessionId,
    CLAUDE_PROJECT_DIR: context.cwd,
  };
  const command = `${shellQuote(site.paths.hookScript)} ${EVENT}`;
  const child = spawn('/bin/sh', ['-c', command], { cwd: context.cwd, env, timeout: 5000 });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // A script that is not there ends before it reads.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(payload));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout: stdout.trim(), stderr: stderr.trim() };
}

async function arrived(site: Site, sessionId: string): Promise<HookEventView | undefined> {
  const end = performance.now() + ARRIVAL_MS;
  while (performance.now() < end) {
    const response = await request(site, `/api/hook-events?sessionId=${sessionId}`);
    const body: unknown = await response.json().catch(() => undefined);
    const events = HookEventView.array().safeParse(isRecord(body) ? body['events'] : undefined);
    const event = events.data?.[0];
    if (event) return event;
    if (!response.ok) return undefined;
    await delay(POLL_MS);
  }
  return undefined;
}

/** Host, process and pane. */
function signalChecks(context: CliContext, site: Site, event: HookEventView): Check[] {
  const expected: [string, string | number | null, string | number | undefined][] = [
    ['host', event.host, readLine(site.paths.hostId)],
    ['process', event.pid, process.pid],
    ['pane', event.tmuxPane, context.env['TMUX_PANE']],
  ];
  return expected.flatMap(([name, got, wanted]) => {
    // Outside tmux there is no pane to send.
    if (wanted === undefined || wanted === '') return [];
    if (got === wanted) return [ok(name, `arrived as ${got}`)];
    const detail = `arrived as ${got ?? 'nothing'}, sent as ${wanted}`;
    return [failed(name, detail, 'Run `headspace hooks install` and try again.')];
  });
}
