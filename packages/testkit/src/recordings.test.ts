import { describe, expect, test } from 'vitest';
import {
  allowed,
  listSessions,
  loadLabels,
  loadSession,
  loadTimeline,
  type Label,
} from './recordings.ts';

describe('recordings', () => {
  test('every session has a label for each of its lines', () => {
    const sessions = listSessions();
    expect(sessions).toHaveLength(22);
    for (const name of sessions) {
      const events = loadSession(name).map(({ index, event }) => ({ i: index, event }));
      expect(loadLabels(name).map(({ i, event }) => ({ i, event }))).toEqual(events);
    }
  });

  test('the timeline has a label for each of its lines', () => {
    const lines = loadTimeline().map(({ index, source }) => ({ i: index, source }));
    expect(lines).toHaveLength(174);
    expect(loadLabels('timeline').map(({ i, source }) => ({ i, source }))).toEqual(lines);
  });
});

describe('comparison with a label', () => {
  const label: Label = {
    i: 4,
    event: 'PermissionRequest',
    agent: 'A',
    attention: ['needs_you'],
    state: ['awaiting_input', 'complete'],
    ended: false,
    why: 'permission dialog',
  };

  test('accepts each value of the sets', () => {
    for (const state of label.state) {
      expect(allowed(label, { attention: 'needs_you', state, ended: false })).toEqual([]);
    }
  });

  test('names each difference with its line', () => {
    expect(allowed(label, { attention: 'working', state: 'idle', ended: true })).toEqual([
      'line 4 (PermissionRequest): attention is working, not needs_you [permission dialog]',
      'line 4 (PermissionRequest): state is idle, not awaiting_input or complete [permission dialog]',
      'line 4 (PermissionRequest): ended is true, not false [permission dialog]',
    ]);
  });

  test('does not compare the end where either is right', () => {
    const shown = { attention: 'needs_you', state: 'complete', ended: true };
    expect(allowed({ ...label, ended_either: true }, shown)).toEqual([]);
  });
});
