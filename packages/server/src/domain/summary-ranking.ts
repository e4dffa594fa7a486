/** Ranks agents against an objective by the words they share: what can be said without a model. */
import { cleanLine, type AgentLine, type Score } from './summary.ts';

const STOP_WORDS = new Set(
  (
    'a an and are as at be by can do for from get has have if in into is it its make must no not of on ' +
    'or our should so that the their them then this to up use was we what when will with you your'
  ).split(' '),
);
/** Of the whole score, for what an agent does now rather than for what it is about. */
const NEEDS_A_PERSON = 10;

/** 0 to 90 for the part of the objective's words that the agent's work has, 10 for who waits. */
export function rankByWords(input: {
  readonly objective: string;
  readonly agents: readonly AgentLine[];
}): Score[] {
  const wanted = wordsOf(input.objective);
  return input.agents.map((agent) => {
    const words = wordsOf(`${agent.name} ${agent.goal ?? ''} ${agent.last ?? ''}`);
    const shared = [...wanted].filter((word) => words.has(word));
    const part = wanted.size === 0 ? 0 : shared.length / wanted.size;
    const waits = shared.length > 0 && agent.attention === 'needs_you';
    const score = Math.round(part * (100 - NEEDS_A_PERSON)) + (waits ? NEEDS_A_PERSON : 0);
    return { agentId: agent.id, score, reason: reasonOf(shared, waits) };
  });
}

function reasonOf(shared: readonly string[], waits: boolean): string {
  if (shared.length === 0) return 'Shares no words with the objective';
  const words = `Shares: ${shared.slice(0, 6).join(', ')}`;
  return cleanLine(waits ? `${words}; waits for you` : words);
}

/** Lower case, three letters and more, a plural as its singular. */
function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  return new Set(
    words
      .filter((word) => !STOP_WORDS.has(word))
      .map((word) => (word.length > 4 ? word.replace(/s$/, '') : word)),
  );
}
