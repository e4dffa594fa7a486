import { COMMAND_STATES, type CommandState } from '@headspace/contract';
import { describe, expect, test } from 'vitest';
import { COMMAND_SIGNALS, type CommandSignal, commandStep } from './command-state.ts';

/** Every cell, as `action state`. Spelled out a second time, so that no cell changes unseen. */
const CELLS: Record<CommandState, Record<CommandSignal, string>> = {
  idle: {
    prompt: 'open commanded',
    activity: 'open processing',
    ask: 'open awaiting_input',
    answered: 'none idle',
    finish: 'open complete',
    fail: 'open complete',
    interrupt: 'none idle',
    end: 'none idle',
  },
  commanded: {
    prompt: 'open commanded',
    activity: 'set processing',
    ask: 'set awaiting_input',
    answered: 'set processing',
    finish: 'close complete',
    fail: 'close complete',
    interrupt: 'close complete',
    end: 'close complete',
  },
  processing: {
    prompt: 'open commanded',
    activity: 'none processing',
    ask: 'set awaiting_input',
    answered: 'none processing',
    finish: 'close complete',
    fail: 'close complete',
    interrupt: 'close complete',
    end: 'close complete',
  },
  awaiting_input: {
    prompt: 'open commanded',
    activity: 'none awaiting_input',
    ask: 'none awaiting_input',
    answered: 'set processing',
    finish: 'close complete',
    fail: 'close complete',
    interrupt: 'close complete',
    end: 'close complete',
  },
  complete: {
    prompt: 'open commanded',
    activity: 'open processing',
    ask: 'open awaiting_input',
    answered: 'none complete',
    finish: 'none complete',
    fail: 'none complete',
    interrupt: 'none complete',
    end: 'none complete',
  },
};

const cells = COMMAND_STATES.flatMap((state) =>
  COMMAND_SIGNALS.map((signal) => ({ state, signal, ...commandStep(state, signal) })),
);

describe('the table of command states', () => {
  test.each(cells)('$state, $signal: $action $to', ({ state, signal, action, to }) => {
    expect(`${action} ${to}`).toBe(CELLS[state][signal]);
  });

  test('a step that leaves the row alone leaves the state alone', () => {
    for (const { state, action, to } of cells) if (action === 'none') expect(to).toBe(state);
  });

  test('only a row that is open is moved or closed', () => {
    for (const { state, action } of cells) {
      if (state === 'idle' || state === 'complete') expect(['open', 'none']).toContain(action);
    }
  });

  test('nothing leads back to idle but the end of a session', () => {
    for (const { state, to } of cells) if (to === 'idle') expect(state).toBe('idle');
  });

  test('a row that is closed is complete', () => {
    for (const { action, to } of cells) if (action === 'close') expect(to).toBe('complete');
  });
});
