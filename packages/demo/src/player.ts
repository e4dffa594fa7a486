/** Plays one role again and again: each round goes on with the same agent, as `--resume` does. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attention } from '@headspace/contract';
import type { HookPayload } from '@headspace/testkit/recordings';
import type { Role } from './cast.ts';
import { sendHook, type Marks } from './hook-client.ts';
import { Identity } from './identity.ts';
import type { Mix } from './mix.ts';
import { loadScene, type Step } from './scene.ts';
import { SessionFiles } from './session-files.ts';
import type { Target } from './play-target.ts';

export interface PlayOptions {
  readonly target: Target;
  readonly speed: number;
  /** One round only, and no waiting for others. */
  readonly once: boolean;
  readonly mix: Mix;
  readonly signal: AbortSignal;
}

/** How long a person takes before the next step, at speed 1: least and most, in milliseconds. */
const RESTS: Readonly<Partial<Record<Attention, readonly [number, number]>>> = {
  idle: [1_500, 4_000],
  needs_you: [7_000, 16_000],
  your_turn: [5_000, 11_000],
  limit: [25_000, 50_000],
  ended: [4_000, 10_000],
};
/** Above what Linux gives to processes (2^22), so that no real process is meant. */
const FIRST_PID = 4_200_000;
/** Between the starts of two agents, at speed 1. */
const STAGGER_MS = 700;

let lastPid = FIRST_PID;

export class Player {
  readonly #number: number;
  readonly #role: Role;
  readonly #steps: readonly Step[];
  readonly #options: PlayOptions;
  #sessionId: string | undefined;
  #marks: Marks;
  #ended = true;

  /** @param number place in the fleet, from 0; also the number of its pane */
  constructor(number: number, role: Role, options: PlayOptions) {
    this.#number = number;
    this.#role = role;
    this.#options = options;
    this.#steps = loadScene(role);
    this.#marks = this.#newProcess();
  }

  /** Plays until the signal fires, or one round. Rejects for a server that refuses an event. */
  async play(): Promise<void> {
    const { once, signal } = this.#options;
    try {
      await this.#pause(this.#number * STAGGER_MS);
      do await this.#round();
      while (!once);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Ends the session, so that the board of a server that goes on is left in order. */
  async leave(signal: AbortSignal): Promise<void> {
    if (this.#ended || this.#sessionId === undefined) return;
    const payload = { session_id: this.#sessionId, hook_event_name: 'SessionEnd', reason: 'other' };
    await sendHook(this.#options.target, 'SessionEnd', payload, this.#marks, signal);
    this.#ended = true;
  }

  async #round(): Promise<void> {
    const { target, mix } = this.#options;
    const identity = new Identity(this.#role.project);
    const [first] = this.#steps;
    if (this.#sessionId !== undefined && first?.kind === 'hook') {
      identity.bind(first.payload.session_id, this.#sessionId);
    }
    this.#marks = this.#newProcess();
    const files =
      target.claudeFolder === undefined
        ? undefined
        : new SessionFiles(target.claudeFolder, this.#marks.pid, this.#marks.procStart);
    for (const [index, step] of this.#steps.entries()) {
      await this.#pause(step.afterMs);
      if (step.kind === 'files') await files?.write(identity.rewrite(step.files));
      else await this.#send(step.event, identity.rewrite(step.payload));
      mix.show(this.#number, step.attention);
      if (this.#steps[index + 1]?.attention !== step.attention) await this.#rest(step.attention);
    }
  }

  async #send(event: string, recorded: HookPayload): Promise<void> {
    const resumes = event === 'SessionStart' && this.#sessionId === recorded.session_id;
    const payload = resumes && recorded['source'] === 'startup' ? resumed(recorded) : recorded;
    await sendHook(this.#options.target, event, payload, this.#marks, this.#options.signal);
    this.#sessionId = recorded.session_id;
    this.#ended = event === 'SessionEnd';
  }

  /** A person's time to look and act; longer where the board would lose the last of its kind. */
  async #rest(attention: Attention): Promise<void> {
    const [least, most] = RESTS[attention] ?? [0, 0];
    await this.#pause(least + Math.random() * (most - least));
    if (!this.#options.once) await this.#options.mix.released(this.#number, this.#options.signal);
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms / this.#options.speed, undefined, { signal: this.#options.signal });
  }

  #newProcess(): Marks {
    return {
      pid: ++lastPid,
      procStart: String(Math.trunc(performance.now() * 100) + lastPid),
      pane: `%${String(this.#number)}`,
      entrypoint: this.#role.entrypoint,
    };
  }
}

/** A session that goes on says so, and names no model. */
function resumed(start: HookPayload): HookPayload {
  const { model: _model, ...rest } = start;
  return { ...rest, source: 'resume', prompt_id: randomUUID() };
}
