import { describe, expect, test } from 'vitest';
import {
  fileTestimony,
  judge,
  type PaneSight,
  paneTestimony,
  processTestimony,
  type Suspicion,
  type Testimony,
} from './liveness.ts';

const gone = (pid: number) => processTestimony({ pid, presence: 'absent', table: 'same' });
const alive = (pid: number) => processTestimony({ pid, presence: 'alive', table: 'same' });
const removed = fileTestimony('removed');
const noPane = paneTestimony('%1', { kind: 'missing' }, []);
const NOTHING: Suspicion = {};

/** Looks at the same testimonies at these moments, one after the other. */
function watch(testimonies: readonly Testimony[], moments: readonly number[], lastSignAt = 0) {
  let suspicion = NOTHING;
  return moments.map((now) => {
    const judgement = judge(testimonies, { suspicion, lastSignAt, now });
    suspicion = judgement.suspicion;
    return judgement.verdict;
  });
}

describe('judge', () => {
  test.each<[string, Testimony[], number[], string[]]>([
    ['a process needs two looks', [gone(7)], [1000, 1499, 1500], ['unknown', 'unknown', 'gone']],
    ['a removed file needs 15 s', [removed], [0, 14_999, 15_000], ['unknown', 'unknown', 'gone']],
    ['a pane needs 5 min', [noPane], [0, 299_999, 300_000], ['unknown', 'unknown', 'gone']],
    [
      'file and pane need two looks',
      [removed, noPane],
      [0, 499, 500],
      ['unknown', 'unknown', 'gone'],
    ],
    [
      'one of two processes lives',
      [gone(7), alive(8)],
      [0, 500, 90_000],
      ['alive', 'alive', 'alive'],
    ],
    ['both are gone', [gone(7), gone(8)], [0, 500], ['unknown', 'gone']],
    [
      'life in the file outweighs',
      [gone(7), fileTestimony('alive')],
      [0, 900_000],
      ['alive', 'alive'],
    ],
    ['nothing is known', [fileTestimony('unknown')], [0, 90_000_000], ['unknown', 'unknown']],
    ['no witness at all', [], [0, 90_000_000], ['unknown', 'unknown']],
  ])('%s', (_name, testimonies, moments, verdicts) => {
    expect(watch(testimonies, moments)).toEqual(verdicts);
  });

  test.each<[string, Testimony]>([
    [
      'a table that cannot be read',
      processTestimony({ pid: 7, presence: 'unknown', table: 'same' }),
    ],
    ['another pid namespace', processTestimony({ pid: 7, presence: 'unknown', table: 'other' })],
    ['a tmux that does not answer', paneTestimony('%1', { kind: 'unknown', why: 'slow' }, [])],
    ['a file whose process is not seen', fileTestimony('left')],
  ])('%s never ends an agent, alone or beside one that is gone', (_name, unknown) => {
    expect(unknown.says).toBe('unknown');
    expect(watch([unknown], [0, 90_000_000])).toEqual(['unknown', 'unknown']);
    expect(watch([unknown, noPane], [0, 299_999])).toEqual(['unknown', 'unknown']);
  });

  test('a process of unknown fate keeps the others from speaking for all', () => {
    const other = processTestimony({ pid: 8, presence: 'unknown', table: 'other' });
    const suspicion = judge([gone(7), other], { suspicion: {}, lastSignAt: 0, now: 0 }).suspicion;
    const judgement = judge([gone(7), other], { suspicion, lastSignAt: 0, now: 1_000 });
    expect(judgement).toMatchObject({ verdict: 'unknown', gonePids: [7], proof: [] });
  });

  test('a sign of life begins the waiting anew', () => {
    const first = judge([noPane], { suspicion: {}, lastSignAt: 0, now: 0 });
    const later = { suspicion: first.suspicion, lastSignAt: 200_000, now: 300_000 };
    expect(judge([noPane], later)).toMatchObject({
      verdict: 'unknown',
      suspicion: { pane: 200_000 },
    });
  });

  test('who comes back is under no suspicion', () => {
    const first = judge([gone(7)], { suspicion: {}, lastSignAt: 0, now: 0 });
    const second = judge([alive(7)], { suspicion: first.suspicion, lastSignAt: 0, now: 600 });
    expect(second).toEqual({ verdict: 'alive', proof: [], gonePids: [], suspicion: {} });
  });

  test('the proof has every confirmed sentence, the strongest first', () => {
    const all = [noPane, removed, gone(7)];
    const { suspicion } = judge(all, { suspicion: {}, lastSignAt: 0, now: 0 });
    const { proof } = judge(all, { suspicion, lastSignAt: 0, now: 500 });
    expect(proof.map(({ sentence }) => sentence)).toEqual([
      'its process (pid 7) is gone',
      'its session file is gone',
      'its tmux pane %1 is gone',
    ]);
  });
});

describe('what a pane says', () => {
  const there = (...programs: [number, string][]): PaneSight => ({
    kind: 'there',
    dead: false,
    programs: programs.map(([pid, command]) => ({ pid, command })),
  });
  test.each<[string, PaneSight, number[], Testimony['says']]>([
    ['its own process', there([10, 'bash'], [7, 'claude']), [7], 'alive'],
    ['a Claude Code, and none is known', there([10, 'bash'], [7, 'claude']), [], 'alive'],
    ['another Claude Code', there([10, 'bash'], [8, 'claude']), [7], 'unknown'],
    ['only a shell', there([10, 'bash']), [7], 'gone'],
    ['only a login shell', there([10, '-zsh']), [], 'gone'],
    ['a shell with a program', there([10, 'bash'], [11, 'vim']), [7], 'unknown'],
    ['a container', there([10, 'docker']), [], 'unknown'],
    ['programs that are not known', { kind: 'there', dead: false, programs: null }, [], 'unknown'],
    ['a dead pane', { kind: 'there', dead: true, programs: [] }, [], 'gone'],
    ['no pane', { kind: 'missing' }, [7], 'gone'],
    ['no server', { kind: 'no_server' }, [7], 'gone'],
    ['no answer', { kind: 'unknown', why: 'tmux did not answer within 2000 ms' }, [7], 'unknown'],
  ])('%s', (_name, sight, pids, says) => {
    expect(paneTestimony('%1', sight, pids).says).toBe(says);
  });
});

test('a process from before the machine was started anew is gone', () => {
  const sight = { pid: 7, presence: 'unknown', table: 'earlier_boot' } as const;
  expect(processTestimony(sight)).toMatchObject({ says: 'gone', pid: 7 });
});
