/**
 * Two savers of the settings. Reading, changing and writing are one step to all others, also when a
 * saver is killed in the middle, or stopped in the middle and goes on later.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SettingName } from '@headspace/contract';
import { loadSettings, patchConfig } from '@headspace/home';
import { afterEach, describe, expect, it } from 'vitest';

const COUNTER = fileURLToPath(
  new URL('../../../home/src/config/testing/patch-process.ts', import.meta.url),
);
/** One for each process; each can be counted up that far. */
const NAMES: readonly SettingName[] = [
  'server.port',
  'database.poolSize',
  'database.maxOverflow',
  'hooks.answerWithinMs',
  'hooks.retentionDays',
  'events.retentionDays',
  'events.maxStreams',
  'hooks.maxBodyBytes',
];
/** Of each: more than 500 in all. */
const PATCHES = 63;
const KILLS = 16;
/** Far longer than the test: with it nobody passes anybody by. */
const NEVER_MS = 3_600_000;
const STALLED_MS = 1_000;
const START =
  '# written by hand\nserver: # where\n  host: localhost # kept\nunknown: {a: 1} # kept, too\n';

const running = new Set<ChildProcess>();
const folders: string[] = [];
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function configFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headspace-config-'));
  folders.push(folder);
  const file = path.join(folder, 'config.yaml');
  writeFileSync(file, START);
  return file;
}

interface Counter {
  readonly child: ChildProcess;
  /** Values that it was told are written. */
  readonly done: number[];
  /** What was not as it should be, in words. */
  readonly wrong: string[];
  readonly exited: Promise<unknown>;
  /** Resolves with the first line that begins so. */
  saw(word: string): Promise<string>;
}

interface Range {
  readonly first?: number;
  readonly last: number;
  readonly stalledMs: number;
}

function count(file: string, name: SettingName, range: Range): Counter {
  const { first = firstOf(name), last, stalledMs } = range;
  const args = [COUNTER, file, name, String(first), String(last), String(stalledMs)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const exited = once(child, 'close').then(() => running.delete(child));
  const counter = { child, done: [] as number[], wrong: [] as string[], exited };
  const lines: string[] = [];
  const waiting = new Map<string, (line: string) => void>();
  child.stderr.on('data', (chunk: Buffer) => counter.wrong.push(chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    const [word = '', value] = line.split(' ');
    if (word === 'done') counter.done.push(Number(value));
    if (word === 'lost') counter.wrong.push(`${name}: ${line}`);
    waiting.get(word)?.(line);
  });
  const saw = (word: string): Promise<string> => {
    const line = lines.find((one) => one.startsWith(word));
    if (line !== undefined) return Promise.resolve(line);
    const { promise, resolve } = Promise.withResolvers<string>();
    waiting.set(word, resolve);
    return promise;
  };
  return { ...counter, saw };
}

/** First value of a setting's count: what its schema allows. */
const firstOf = (name: SettingName): number => (name === 'hooks.maxBodyBytes' ? 1024 : 1);

const settingsIn = (file: string): ReturnType<typeof loadSettings> =>
  loadSettings({ env: {}, file: { path: file, text: readFileSync(file, 'utf8') } });

describe('H6: two config saves, read-modify-write', () => {
  // Who would wait for the lock of a dead process here, would wait until the test ends.
  it('loses no update of 8 processes while some are killed, and nobody waits for the dead', async () => {
    const file = configFile();
    await patchConfig({ path: file, changes: { 'log.level': 'warn' } });
    const wrong: string[] = [];
    let kills = 0;
    let parsed = 0;
    const finish = NAMES.map(async (name, index) => {
      const last = firstOf(name) + PATCHES - 1;
      let answered = firstOf(name) - 1;
      while (answered < last) {
        const counter = count(file, name, { last, stalledMs: NEVER_MS });
        counter.child.stdout?.on('data', () => {
          // A reader takes no lock, and sees whole files only, whenever it looks.
          if (settingsIn(file)['server.host'] !== 'localhost')
            wrong.push('a file without its host');
          parsed += 1;
        });
        const at = Number((await counter.saw('at')).split(' ')[1]);
        // What was answered is there; the patch that the kill broke off may be there or not.
        if (at !== answered && at !== answered + 1) wrong.push(`${name}: ${answered} became ${at}`);
        // Somewhere in the next patches, wherever it then is.
        const killAfter = kills < KILLS ? index + 5 : Infinity;
        if (killAfter !== Infinity) {
          kills += 1;
          counter.child.stdout?.on('data', () => {
            if (counter.done.length >= killAfter) counter.child.kill('SIGKILL');
          });
        }
        await counter.exited;
        answered = counter.done.at(-1) ?? at;
        wrong.push(...counter.wrong);
      }
    });
    await Promise.all(finish);
    expect(wrong).toEqual([]);
    expect(kills).toBe(KILLS);
    expect(parsed).toBeGreaterThan(PATCHES);
    const settings = settingsIn(file);
    for (const name of NAMES) expect(settings[name]).toBe(firstOf(name) + PATCHES - 1);
    expectKept(file);
  }, 240_000);

  it('passes a stopped holder by, and it overwrites nothing when it goes on', async () => {
    const file = configFile();
    const stopped = count(file, 'events.maxStreams', {
      first: 77,
      last: 77,
      stalledMs: STALLED_MS,
    });
    await stopped.saw('stopping');
    const others = NAMES.slice(0, 3).map((name) =>
      count(file, name, { last: 20, stalledMs: STALLED_MS }),
    );
    await Promise.all(others.map((other) => other.exited));
    expect(others.flatMap((other) => other.wrong)).toEqual([]);
    expect(settingsIn(file)['events.maxStreams']).toBe(200);
    stopped.child.kill('SIGCONT');
    await stopped.exited;
    expect(stopped.wrong).toEqual([]);
    // It has found that it was passed by, and has done its work anew.
    expect(stopped.done).toEqual([77]);
    const settings = settingsIn(file);
    expect(settings['events.maxStreams']).toBe(77);
    for (const name of NAMES.slice(0, 3)) expect(settings[name]).toBe(20);
    expectKept(file);
  });
});

/** What nobody changed is as it was, and nothing lies about. */
function expectKept(file: string): void {
  const text = readFileSync(file, 'utf8');
  for (const part of [
    '# written by hand',
    'server: # where',
    'localhost # kept',
    '{a: 1} # kept, too',
  ]) {
    expect(text).toContain(part);
  }
  expect(readdirSync(path.dirname(file)).sort()).toEqual(['config.yaml', 'config.yaml.lock']);
}
