/**
 * Whether an agent still lives, from what three witnesses say of it: the process table, tmux, and
 * Claude's own session file. Pure: evidence in, verdict and the sentences that prove it out.
 *
 * Each witness says `alive`, `gone` or `unknown`; a failure to look is `unknown`. One `alive` ends
 * all suspicion. `unknown` never ends an agent. Two witnesses that say `gone`, or one that has said
 * it for as long as its word needs, do (docs/adr/0011-liveness.md).
 */
import type { EvidenceSource } from '@headspace/contract';

export type WitnessName = 'process' | 'file' | 'pane';

export interface Testimony {
  readonly witness: WitnessName;
  readonly says: 'alive' | 'gone' | 'unknown';
  /** Plain, without a full stop. */
  readonly sentence: string;
  /** The process it speaks of, where it speaks of one. */
  readonly pid?: number;
}

/** Since when each witness has said `gone`, in milliseconds since 1970; for a process, with its pid. */
export type Suspicion = Readonly<Record<string, number>>;

export interface Judgement {
  readonly verdict: 'alive' | 'gone' | 'unknown';
  /** What proves a `gone`, the strongest first. */
  readonly proof: readonly Testimony[];
  /** Processes that are gone for certain, although the agent may go on in another one. */
  readonly gonePids: readonly number[];
  /** To be handed in with the next look. */
  readonly suspicion: Suspicion;
}

/** A second look confirms, so that a SessionEnd on its way comes first. */
const SECOND_LOOK_MS = 500;

/**
 * How long one witness must have said `gone`, without a sign of life, where no other one does.
 * The pid with its start time is certain. Claude Code removes its session file when it exits, but
 * a later start also tidies away files whose processes it does not see. A pane can be missing, or
 * show a shell, while its session lives on elsewhere.
 */
const ALONE_MS: Readonly<Record<WitnessName, number>> = {
  process: SECOND_LOOK_MS,
  file: 15_000,
  pane: 5 * 60_000,
};

const STRONGEST_FIRST: readonly WitnessName[] = ['process', 'file', 'pane'];

export const WITNESS_SOURCES: Readonly<Record<WitnessName, EvidenceSource>> = {
  process: 'process',
  file: 'session_file',
  pane: 'tmux',
};

export interface JudgeOptions {
  readonly suspicion: Suspicion;
  /** Last hook or growth of the transcript, milliseconds since 1970. */
  readonly lastSignAt: number;
  readonly now: number;
}

export function judge(testimonies: readonly Testimony[], options: JudgeOptions): Judgement {
  const suspicion: Record<string, number> = {};
  for (const testimony of testimonies) {
    if (testimony.says !== 'gone') continue;
    const key = keyOf(testimony);
    // What gave a sign of life after we began to doubt is doubted anew.
    const since = options.suspicion[key] ?? options.now;
    suspicion[key] = Math.max(since, Math.min(options.lastSignAt, options.now));
  }
  const ageOf = (testimony: Testimony) =>
    options.now - (suspicion[keyOf(testimony)] ?? options.now);
  const gonePids = testimonies.flatMap((testimony) =>
    testimony.pid !== undefined && testimony.says === 'gone' && ageOf(testimony) >= SECOND_LOOK_MS
      ? [testimony.pid]
      : [],
  );
  if (testimonies.some(({ says }) => says === 'alive')) {
    return { verdict: 'alive', proof: [], gonePids, suspicion };
  }
  const gone = STRONGEST_FIRST.flatMap((witness) => sayingGone(testimonies, witness) ?? []);
  const confirmed = gone.filter((testimony) => ageOf(testimony) >= SECOND_LOOK_MS);
  const alone = gone.some((testimony) => ageOf(testimony) >= ALONE_MS[testimony.witness]);
  const witnesses = new Set(confirmed.map(({ witness }) => witness));
  const verdict = alone || witnesses.size >= 2 ? 'gone' : 'unknown';
  return { verdict, proof: verdict === 'gone' ? confirmed : [], gonePids, suspicion };
}

/** A session can be open in two terminals: its processes say `gone` only all together. */
function sayingGone(
  testimonies: readonly Testimony[],
  witness: WitnessName,
): readonly Testimony[] | null {
  const own = testimonies.filter((testimony) => testimony.witness === witness);
  return own.length > 0 && own.every(({ says }) => says === 'gone') ? own : null;
}

function keyOf({ witness, pid }: Testimony): string {
  return pid === undefined ? witness : `${witness} ${pid}`;
}

/** What the process table shows of one known process. */
export interface ProcessSight {
  readonly pid: number;
  /** In the table that is looked at now. */
  readonly presence: 'alive' | 'absent' | 'unknown';
  /**
   * Where it was once seen: in this very table; in another one, whose absence here means nothing;
   * or before the machine was started anew, which no process survives.
   */
  readonly table: 'same' | 'other' | 'earlier_boot';
}

export function processTestimony({ pid, presence, table }: ProcessSight): Testimony {
  const of = { witness: 'process', pid } as const;
  if (table === 'earlier_boot') {
    const sentence = `the machine was started anew, so its process (pid ${pid}) is gone`;
    return { ...of, says: 'gone', sentence };
  }
  if (table === 'other') {
    const sentence = `its process (pid ${pid}) belongs to a process table that is not seen here`;
    return { ...of, says: 'unknown', sentence };
  }
  switch (presence) {
    case 'alive':
      return { ...of, says: 'alive', sentence: `its process (pid ${pid}) runs` };
    case 'absent':
      return { ...of, says: 'gone', sentence: `its process (pid ${pid}) is gone` };
    case 'unknown':
      return { ...of, says: 'unknown', sentence: 'the process table could not be read' };
  }
}

/** What tmux shows of the agent's pane. */
export type PaneSight =
  | { readonly kind: 'unknown'; readonly why: string }
  /** No server behind the socket. */
  | { readonly kind: 'no_server' }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'there';
      /** Its first process has ended and the pane was kept. */
      readonly dead: boolean;
      /** All that runs in it; null where the process table does not tell. */
      readonly programs: readonly { readonly pid: number; readonly command: string }[] | null;
    };

/** Names of the programs that wait for commands in a terminal. */
export const SHELL = /^-?(sh|bash|zsh|fish|dash|ksh|mksh|csh|tcsh|nu|elvish|xonsh|pwsh)$/;

/** `pids`: those of the agent's processes; empty where none is known. */
export function paneTestimony(pane: string, sight: PaneSight, pids: readonly number[]): Testimony {
  const say = (says: Testimony['says'], sentence: string): Testimony => ({
    witness: 'pane',
    says,
    sentence,
  });
  switch (sight.kind) {
    case 'unknown':
      return say('unknown', sight.why);
    case 'no_server':
      return say('gone', `the tmux server of its pane ${pane} is gone`);
    case 'missing':
      return say('gone', `its tmux pane ${pane} is gone`);
    case 'there':
      break;
  }
  if (sight.dead) return say('gone', `what ran in its tmux pane ${pane} has ended`);
  const { programs } = sight;
  if (programs === null) return say('unknown', `what runs in its tmux pane ${pane} is not known`);
  if (programs.some(({ pid }) => pids.includes(pid))) {
    return say('alive', `its process runs in its tmux pane ${pane}`);
  }
  // Without a known process any Claude Code there is taken for the agent's; with one, it is another.
  if (programs.some(({ command }) => command === 'claude')) {
    return pids.length === 0
      ? say('alive', `Claude Code runs in its tmux pane ${pane}`)
      : say('unknown', `another Claude Code runs in its tmux pane ${pane}`);
  }
  const [first] = programs;
  if (programs.length === 1 && first !== undefined && SHELL.test(first.command)) {
    return say('gone', `only a shell (${first.command}) runs in its tmux pane ${pane}`);
  }
  // ssh, docker, sudo: what runs behind them is not seen from here.
  return say('unknown', `something else runs in its tmux pane ${pane}`);
}

/**
 * Claude's session file: there with a running process; there, but its process is not seen; gone,
 * although it was once there; or nothing can be said (never there, folder not readable).
 */
export type FileSight = 'alive' | 'left' | 'removed' | 'unknown';

export function fileTestimony(sight: FileSight): Testimony {
  switch (sight) {
    case 'alive':
      return {
        witness: 'file',
        says: 'alive',
        sentence: 'its session file names a running process',
      };
    case 'removed':
      return { witness: 'file', says: 'gone', sentence: 'its session file is gone' };
    case 'left':
      return { witness: 'file', says: 'unknown', sentence: 'its session file is still there' };
    case 'unknown':
      return { witness: 'file', says: 'unknown', sentence: 'no session file is known' };
  }
}
