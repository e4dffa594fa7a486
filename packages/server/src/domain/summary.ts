/**
 * What is summarised, and what comes of it. An input is all that a summary is made of: redacted,
 * cut, and always the same for the same rows, since its fingerprint decides whether a model was
 * asked already. Pure.
 */
import { z } from 'zod';
import { beginning, storable } from './display.ts';
import { redactText } from './redact.ts';

/** Version of the inputs and of the instructions to models: a new one makes new fingerprints. */
export const PROMPT_VERSION = 1;

/** Longest line that is kept, in characters. */
export const LINE_LIMIT = 160;
const TEXT_LIMIT = 6_000;
const GOAL_LIMIT = 600;
/** Of a long text the end tells how it came out. */
const TAIL_PART = 0.4;
const LISTED_AGENTS = 40;

const AgentLine = z.object({
  id: z.number().int(),
  name: z.string(),
  attention: z.string(),
  goal: z.string().nullable(),
  last: z.string().nullable(),
});
export type AgentLine = z.infer<typeof AgentLine>;

export const SummaryInput = z.discriminatedUnion('kind', [
  /** One message; `goal` is what the agent was asked, for its own messages. */
  z.object({
    kind: z.literal('turn'),
    actor: z.enum(['user', 'agent']),
    text: z.string(),
    goal: z.string().nullable(),
  }),
  z.object({ kind: z.literal('command-instruction'), text: z.string() }),
  /** A command that ended without a last message: how, and which tools it had used. */
  z.object({
    kind: z.literal('command-outcome'),
    goal: z.string().nullable(),
    outcome: z.string(),
    tools: z.array(z.string()),
  }),
  z.object({ kind: z.literal('project'), name: z.string(), agents: z.array(AgentLine) }),
  z.object({ kind: z.literal('ranking'), objective: z.string(), agents: z.array(AgentLine) }),
]);
export type SummaryInput = z.infer<typeof SummaryInput>;
export type SummaryKind = SummaryInput['kind'];

export interface Score {
  agentId: number;
  /** 0 to 100. */
  score: number;
  reason: string;
}

export interface SummaryResult {
  /** One line of at most LINE_LIMIT characters. */
  text: string;
  /** 0 to 10; null for all but messages of a person. */
  frustration: number | null;
  /** Null for all but a ranking. */
  scores: Score[] | null;
}

export function turnInput(actor: 'user' | 'agent', text: string, goal: string | null) {
  return { kind: 'turn', actor, text: bothEnds(text), goal: clip(goal, GOAL_LIMIT) } as const;
}

export function instructionInput(prompt: string) {
  return { kind: 'command-instruction', text: bothEnds(prompt) } as const;
}

export function outcomeInput(goal: string | null, outcome: string, tools: readonly string[]) {
  const kept = [...new Set(tools)].slice(0, 8).map((name) => safe(name, 60));
  return {
    kind: 'command-outcome',
    goal: clip(goal, GOAL_LIMIT),
    outcome: safe(outcome, 200),
    tools: kept,
  } as const;
}

export function projectInput(name: string, agents: readonly AgentLine[]) {
  return { kind: 'project', name: safe(name, 100), agents: listed(agents) } as const;
}

export function rankingInput(objective: string, agents: readonly AgentLine[]) {
  return { kind: 'ranking', objective: safe(objective, 2_000), agents: listed(agents) } as const;
}

/** In order of their ids, so that the same agents give the same input. */
function listed(agents: readonly AgentLine[]): AgentLine[] {
  return agents
    .toSorted((a, b) => a.id - b.id)
    .slice(0, LISTED_AGENTS)
    .map(({ id, name, attention, goal, last }) => ({
      id,
      name: safe(name, 100),
      attention,
      goal: clip(goal, 200),
      last: clip(last, 200),
    }));
}

/** The beginning and the end of a long text; secrets masked before anything is cut. */
function bothEnds(text: string): string {
  // A secret that is cut in half is not known as one; and nobody needs more of a huge text.
  const whole = redactText(storable(outerParts(text, TEXT_LIMIT * 4)));
  return outerParts(whole, TEXT_LIMIT).trim();
}

function outerParts(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const tail = Math.floor(limit * TAIL_PART);
  return `${beginning(text, limit - tail).text}\n[…]\n${text.slice(-tail)}`.toWellFormed();
}

function safe(text: string, limit: number): string {
  return beginning(redactText(storable(beginning(text, limit * 4).text)), limit).text.trim();
}

const clip = (text: string | null, limit: number) => (text === null ? null : safe(text, limit));

/** What stands in the database and what the fingerprint is made of. */
export const serialised = (input: SummaryInput): string => JSON.stringify(input);

/** One line of data from a model or a rule: nothing in it can be more than text. */
export function cleanLine(text: string): string {
  // Control characters and those that turn the direction of text can make a line look like another.
  const plain = text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
  const line = redactText(storable(plain)).replace(/\s+/g, ' ').trim();
  const { text: short, truncated } = beginning(line, LINE_LIMIT - 1);
  return truncated && line.length > LINE_LIMIT ? `${short.trimEnd()}…` : line.slice(0, LINE_LIMIT);
}
