/**
 * The long recording of the real client, hooks and session files beside each other, through HTTP
 * and a real folder: after each line the API shows what the labels allow.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  loadLabels,
  loadTimeline,
  type RegistryFile,
  type TimelineEntry,
} from '@headspace/testkit/recordings';
import { expect, test } from 'vitest';
import { systemClock } from '../src/platform/clock.ts';
import { openHookWorld, type HookWorld } from './testing/hook-world.ts';
import { RecordedRun } from './testing/recorded-run.ts';

interface Playing {
  readonly world: HookWorld;
  readonly clock: MovedClock;
  /** What to write in place of `statusUpdatedAt`. */
  readonly statusTime: (recorded: number) => number;
  /** The recorded pids are processes of this host while their session file is there. */
  readonly processesRun: boolean;
}

async function play({ world, clock, statusTime, processesRun }: Playing): Promise<string[]> {
  const run = new RecordedRun(world, loadLabels('timeline'), true);
  const complaints: string[] = [];
  const folder = join(world.claudeFolder, 'sessions');
  await mkdir(folder, { recursive: true });
  for (const entry of loadTimeline()) {
    if (entry.source === 'hook') await sendHook(world, entry);
    const removed =
      entry.source === 'registry' ? await writeFiles(folder, entry.data, statusTime) : 0;
    if (entry.source === 'registry' && processesRun) setProcesses(world, Object.values(entry.data));
    if (entry.data === 'kill -9') world.processes.running.clear();
    await world.settled();
    await world.tick('session-files');
    if (removed > 0) await reap(world, clock);
    const session = entry.source === 'hook' ? entry.data.session_id : null;
    complaints.push(...(await run.compare(entry.index, session)));
  }
  return [...complaints, ...(await run.end())];
}

/** So long the reaper waits where the file alone says that a session is gone. */
const FILE_ALONE_MS = 16_000;

/** Twice: the first look begins to doubt, the second one confirms. */
async function reap(world: HookWorld, clock: MovedClock): Promise<void> {
  for (let look = 0; look < 2; look++) {
    clock.aheadMs += FILE_ALONE_MS;
    await world.tick('agent-reaper');
  }
}

async function sendHook(
  world: HookWorld,
  { data, offsetMs }: Extract<TimelineEntry, { source: 'hook' }>,
): Promise<void> {
  // Three processes in one pane; the second begins at 67 s, the third at 74 s.
  const pid = offsetMs < 66_000 ? 41_001 : offsetMs < 73_000 ? 41_002 : 41_003;
  const headers = { tmux: '/tmp/tmux-1000/default,21257,0', tmuxPane: '%0', claudePid: `${pid}` };
  await world.send({ event: data.hook_event_name, payload: data, headers });
}

async function writeFiles(
  folder: string,
  files: Readonly<Record<string, RegistryFile>>,
  statusTime: (recorded: number) => number,
): Promise<number> {
  const removed = (await readdir(folder)).filter((name) => !(name in files));
  for (const name of removed) await rm(join(folder, name));
  for (const [name, file] of Object.entries(files)) {
    const recorded = file['statusUpdatedAt'];
    const shifted =
      typeof recorded === 'number' ? { ...file, statusUpdatedAt: statusTime(recorded) } : file;
    await writeFile(join(folder, name), JSON.stringify(shifted));
  }
  return removed.length;
}

function setProcesses(world: HookWorld, files: readonly RegistryFile[]): void {
  world.processes.running.clear();
  for (const { pid, procStart } of files) world.processes.running.set(pid, procStart);
}

/** The servers' time, ahead of the real one. */
interface MovedClock {
  aheadMs: number;
}

async function replay(
  processesRun: boolean,
  statusTime: (recorded: number, now: number) => number,
): Promise<string[]> {
  const clock: MovedClock = { aheadMs: 0 };
  const now = () => Date.now() + clock.aheadMs;
  await using world = await openHookWorld({ overrides: { clock: { ...systemClock, now } } });
  return await play({ world, clock, processesRun, statusTime: (at) => statusTime(at, now()) });
}

test('with times as recorded', async () => {
  expect(await replay(false, (recorded) => recorded)).toEqual([]);
}, 30_000);

test('with status times of now', async () => {
  expect(await replay(false, (_, now) => now)).toEqual([]);
}, 30_000);

test('with processes that run until their file is gone', async () => {
  expect(await replay(true, (_, now) => now)).toEqual([]);
}, 30_000);
