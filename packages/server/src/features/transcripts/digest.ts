/**
 * From entries to what is stored of them: turns of the conversation, tokens, and the picture of how
 * the session stands. Pure, and independent of how the file was cut: reading line by line or all at
 * once gives the same.
 */
import { beginning, storable, toolSummary } from '../../domain/display.ts';
import type { NewTurn } from '../../domain/agent-state.ts';
import {
  emptyPicture,
  type PromptSign,
  type TranscriptPicture,
} from '../../domain/transcript-picture.ts';
import { answerMatch, FAILURE_MATCH, promptMatch, toolMatch } from '../../domain/turn-names.ts';
import type { MessageUsage } from './assistant-entry.ts';
import { type ChainState, PromptChain, type PromptOf, type Resolution } from './chain.ts';
import type { Entry } from './entry.ts';
import { addToPicture } from './picture.ts';
import { promptSign } from './prompt-sign.ts';

/** What is kept of a file beside the offset up to which it was read. */
export interface DigestState {
  chain: ChainState;
  picture: TranscriptPicture;
  /** Time of the newest entry, for those that have none. */
  at: number;
  counts: DigestCounts;
}

export interface DigestCounts {
  entries: number;
  /** Complete lines that are no JSON object. */
  malformed: number;
  /** Lines longer than any entry. */
  oversized: number;
  unknown: Record<string, number>;
}

export interface EntryTurn extends PromptOf {
  entryId: string;
  actor: NewTurn['actor'];
  kind: NewTurn['kind'];
  text: string;
  at: number;
  /** Number of the entry in its file. */
  place: number;
  /** What it has in common with the hook that tells of the same; null where there is none. */
  match: string | null;
}

export type EntryUsage = MessageUsage & PromptOf & { at: number };

export interface Digest {
  state: DigestState;
  turns: EntryTurn[];
  usage: EntryUsage[];
  /** What this batch says of prompts on their way, in the order of the file. */
  signs: PromptSign[];
  /** Of personas' texts that hooks have put into the context. */
  tokens: string[];
  /** For rows of earlier batches; those of this one are resolved. */
  resolutions: Resolution[];
}

export function emptyDigestState(): DigestState {
  return {
    chain: { links: [], awaited: [] },
    picture: emptyPicture(),
    at: 0,
    counts: { entries: 0, malformed: 0, oversized: 0, unknown: {} },
  };
}

/**
 * Longest text that is kept of a prompt or an answer, and of what a tool gave back: such a row fits
 * into PostgreSQL's 2 kB, above which it would be compressed, at more than the cost of writing it.
 */
const TEXT_LIMIT = 1_000_000;
const RESULT_LIMIT = 1_800;
/** Types of entries that are told apart when counted. */
const UNKNOWN_TYPES = 50;

/** `null` among the entries stands for a malformed line. Texts of subagents are left out. */
export function digest(
  before: DigestState,
  entries: readonly (Entry | null)[],
  ofSubagent: boolean,
): Digest {
  const chain = new PromptChain(before.chain);
  const counts = { ...before.counts, unknown: { ...before.counts.unknown } };
  const turns: EntryTurn[] = [];
  const usage: EntryUsage[] = [];
  const signs: PromptSign[] = [];
  const tokens: string[] = [];
  let { picture, at: newest } = before;
  for (const entry of entries) {
    if (entry === null) {
      counts.malformed += 1;
      continue;
    }
    counts.entries += 1;
    if (entry.body.kind === 'unknown') countUnknown(counts.unknown, entry.body.type);
    const at = entry.at ?? newest;
    newest = Math.max(newest, at);
    const prompt = chain.add(entry.uuid, entry.parent, entry.promptId);
    if (entry.body.kind === 'assistant' && entry.body.usage !== null) {
      usage.push({ ...entry.body.usage, ...prompt, at });
    }
    if (ofSubagent || entry.sidechain) continue;
    const turn = turnOf(entry, at, prompt, counts.entries);
    if (turn !== null) turns.push(turn);
    const sign = promptSign(entry, at);
    if (sign !== null) signs.push(sign);
    if (entry.body.kind === 'injected') tokens.push(...entry.body.tokens);
    picture = addToPicture(picture, entry, at);
  }
  settle(turns, chain.resolutions);
  settle(usage, chain.resolutions);
  return {
    state: { chain: chain.state(), picture, at: newest, counts },
    turns,
    usage,
    signs,
    tokens,
    resolutions: chain.resolutions,
  };
}

function countUnknown(unknown: Record<string, number>, type: string): void {
  const name =
    Object.hasOwn(unknown, type) || Object.keys(unknown).length < UNKNOWN_TYPES ? type : '…';
  unknown[name] = (Object.hasOwn(unknown, name) ? (unknown[name] ?? 0) : 0) + 1;
}

/** Rows of this batch whose parent came later in the same batch. */
function settle(rows: PromptOf[], resolutions: readonly Resolution[]): void {
  for (const { entry, promptId, awaits } of resolutions) {
    for (const row of rows) {
      if (row.awaits !== entry) continue;
      row.promptId = promptId;
      row.awaits = awaits;
    }
  }
}

type Said = Pick<EntryTurn, 'actor' | 'kind' | 'text' | 'match'>;

function turnOf(entry: Entry, at: number, prompt: PromptOf, place: number): EntryTurn | null {
  const said = whatIsSaid(entry);
  if (said === null || entry.uuid === null) return null;
  const text = storable(beginning(said.text, TEXT_LIMIT).text);
  return { ...said, ...prompt, text, at, place, entryId: entry.uuid };
}

function whatIsSaid({ body, promptId }: Entry): Said | null {
  switch (body.kind) {
    case 'prompt':
      return ofPrompt(body.by, body.text, promptId);
    case 'queued':
      return body.notification
        ? { actor: 'agent', kind: 'notification', text: body.text, match: null }
        : { actor: 'user', kind: 'prompt', text: body.text, match: null };
    case 'interrupt':
      return { actor: 'user', kind: 'event', text: body.text, match: null };
    case 'tool_results': {
      const text = body.results.map((result) => beginning(result.text, RESULT_LIMIT).text);
      return { actor: 'agent', kind: 'tool_result', text: text.join('\n'), match: null };
    }
    case 'compaction': {
      const size = body.preTokens === null ? '' : `, from ${body.preTokens} tokens`;
      const text = `Conversation compacted (${body.trigger ?? 'unknown trigger'}${size})`;
      return { actor: 'agent', kind: 'event', text, match: null };
    }
    case 'assistant':
      return ofAssistant(body);
    default:
      return null;
  }
}

function ofPrompt(by: string, text: string, promptId: string | null): Said {
  const match = promptMatch(promptId, text);
  switch (by) {
    case 'person':
      return { actor: 'user', kind: 'prompt', text, match };
    case 'shell':
      return { actor: 'user', kind: 'prompt', text, match: null };
    case 'notification':
      return { actor: 'agent', kind: 'notification', text, match };
    default:
      return { actor: 'agent', kind: 'notification', text, match: null };
  }
}

function ofAssistant(body: Extract<Entry['body'], { kind: 'assistant' }>): Said | null {
  if (body.error !== null) {
    return { actor: 'agent', kind: 'error', text: body.text, match: FAILURE_MATCH };
  }
  if (body.text !== '') {
    return { actor: 'agent', kind: 'message', text: body.text, match: answerMatch(body.text) };
  }
  const [first] = body.tools;
  if (first === undefined) return null;
  const text = body.tools.map(({ name, input }) => toolSummary(name, input)).join('\n');
  return { actor: 'agent', kind: 'tool', text, match: toolMatch(first.id) };
}
