/** What a handoff means for the prompts of its agents. */
import { expect, test } from 'vitest';
import { type Activity, freshActivity } from './activity.ts';
import { queuedStep, type Waiting } from './prompt-flight.ts';
import { stepPrompt } from './prompt-step.ts';
import { readScreen } from './screen/index.ts';

const T0 = Date.UTC(2026, 10, 1);
const OWN = 7;

const activityWith = (more: Partial<Activity> = {}): Activity => ({
  ...freshActivity(T0),
  handoff: { id: 3, state: 'requested', promptId: OWN, holds: false },
  ...more,
});

/** What is done about this prompt, with an empty box on the screen. */
function next(activity: Activity, id: number) {
  const line = '─'.repeat(40);
  const reading = readScreen(`${line}\n❯\u00a0\n${line}\n  ? for shortcuts`);
  const prompt: Waiting = { id, kind: 'text', text: 'x', attempt: 0, before: null, now: T0 };
  const state = { activity, command: null, ending: null };
  return queuedStep(state, { kind: 'shown', reading }, prompt);
}

const sent = { do: 'send', present: false, clear: false };

test("a handoff's own prompt waits for rest, others before it do not", () => {
  const busy = activityWith({ turn: 'running' });
  expect(next(busy, OWN)).toEqual({
    do: 'wait',
    why: 'a handoff waits for the end of the turn',
  });
  expect(next(busy, 1)).toEqual(sent);
  expect(next(activityWith(), OWN)).toEqual(sent);
});

test('from its claim on the others wait; released, it gives them way again', () => {
  const activity = activityWith();
  const claim = { signal: 'claim', match: 'm' } as const;
  stepPrompt(activity, { id: OWN, state: 'queued' }, claim, T0);
  expect(next(activity, 1)).toEqual({ do: 'wait', why: 'handoff 3 is under way' });
  expect(next(activity, OWN)).toEqual(sent);
  const release = { signal: 'release', reason: null } as const;
  stepPrompt(activity, { id: OWN, state: 'delivering' }, release, T0);
  expect(next(activity, 1)).toEqual(sent);
});

test("another prompt's claim holds nothing", () => {
  const activity = activityWith();
  stepPrompt(activity, { id: 1, state: 'queued' }, { signal: 'claim', match: 'm' }, T0);
  expect(activity.handoff?.holds).toBe(false);
});
