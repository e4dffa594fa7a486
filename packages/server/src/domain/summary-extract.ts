/**
 * Summaries without a model: the sentence that says most, taken from the text itself. The default,
 * so that everything works without a key and without a network. Always the same for the same input.
 */
import { scoreFrustration } from './summary-frustration.ts';
import { rankByWords } from './summary-ranking.ts';
import { type AgentLine, cleanLine, type SummaryInput, type SummaryResult } from './summary.ts';

export function extract(input: SummaryInput): SummaryResult {
  const only = (text: string) => ({ text: cleanLine(text), frustration: null, scores: null });
  switch (input.kind) {
    case 'turn': {
      const words = slashCommand(input.text.trim()) ?? sentenceOf(input.text, input.actor);
      const text = cleanLine(words);
      const frustration = input.actor === 'user' ? scoreFrustration(input.text) : null;
      return { text, frustration, scores: null };
    }
    case 'command-instruction':
      return only(sentenceOf(input.text, 'user'));
    case 'command-outcome':
      return only(
        input.tools.length === 0
          ? `${capital(input.outcome)}, nothing was done`
          : `${capital(input.outcome)}, after ${input.tools.join(', ')}`,
      );
    case 'project':
      return only(projectLine(input.agents));
    case 'ranking':
      return { ...only(`ranked ${input.agents.length} agents`), scores: rankByWords(input) };
  }
}

/**
 * The line of a message that needs no model: a slash command, a word of consent, or one short line.
 * Null for everything else.
 */
export function evidentLine(input: SummaryInput): SummaryResult | null {
  if (input.kind !== 'turn') return null;
  const text = input.text.trim();
  const command = slashCommand(text);
  if (command !== null)
    return { text: cleanLine(command), frustration: scoreOf(input, 0), scores: null };
  if (input.actor === 'user') {
    if (!isConsent(text)) return null;
    return { text: cleanLine(text), frustration: 0, scores: null };
  }
  if (text.length === 0 || text.length > 120 || /[\n`<]/.test(text)) return null;
  return { text: cleanLine(text), frustration: null, scores: null };
}

const scoreOf = (input: { actor: 'user' | 'agent' }, score: number) =>
  input.actor === 'user' ? score : null;

const CONSENT =
  /^(y|yes|yep|ok|okay|sure|continue|go|go on|go ahead|proceed|please do|do it|next|thanks|thank you|no|nope|\d{1,2})[.! ]*$/i;

const isConsent = (text: string): boolean => text.length <= 40 && CONSENT.test(text);

/** `/name arguments`, also as Claude Code writes it into the transcript. */
function slashCommand(text: string): string | null {
  const tagged = /<command-name>\s*(\/?[\w:.-]+)\s*<\/command-name>/.exec(text)?.[1];
  if (tagged !== undefined) {
    const args = /<command-args>([^<]{0,200})<\/command-args>/.exec(text)?.[1]?.trim() ?? '';
    return `${tagged.startsWith('/') ? '' : '/'}${tagged} ${args}`.trim();
  }
  return /^\/[\w:.-]+( [^\n]{0,80})?$/.test(text) ? text : null;
}

const COURTESY =
  'sure|great|perfect|excellent|okay|ok|alright|absolutely|certainly|of course|got it|understood|thanks|thank you|done|good|hi|hello|hey|so|now|well';
/** A sentence that says nothing, and words that open one and say nothing. */
const EMPTY_SENTENCE = new RegExp(`^(${COURTESY})( (there|everyone|all))?\\W*$`, 'i');
const OPENER = new RegExp(`^((${COURTESY})\\s*[!,:—-]+\\s+|please\\s+)+`, 'i');

/** Shorter ones are a label or an exclamation: the next one is taken with it. */
const SHORT_SENTENCE = 20;
const MOST_SENTENCES = 40;

function sentenceOf(text: string, actor: 'user' | 'agent'): string {
  const prose = proseOf(text);
  if (prose === '') return codeLine(text);
  const all = sentencesOf(prose);
  const telling = all.filter((sentence) => !EMPTY_SENTENCE.test(sentence));
  const [first = prose, second] = telling.length === 0 ? all : telling;
  const last = telling.at(-1);
  // What an agent asks at the end is what a person needs to know.
  if (actor === 'agent' && last !== undefined && last.endsWith('?')) return last;
  const begin = capital(first.replace(OPENER, ''));
  if (begin.length >= SHORT_SENTENCE || second === undefined) return begin;
  return /[.!?:]$/.test(begin) ? `${begin} ${second}` : `${begin}: ${second}`;
}

/** Text without code blocks, markup and what Claude Code puts between. */
function proseOf(text: string): string {
  return text
    .replace(/<(system-reminder|local-command-[a-z]+|task-notification)>[\s\S]*?<\/\1>/g, ' ')
    .replace(/(```|~~~)[\s\S]*?(\1|$)/g, '\n')
    .replace(/!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)/g, ' ')
    .replace(/\[([^\]\n]{1,200})\]\([^)\n]{0,500}\)/g, '$1')
    .replace(/<\/?[a-z][\w-]{0,40}>/gi, ' ')
    .split('\n')
    .map(plainLine)
    .filter((line) => line !== '')
    .join('\n')
    .trim();
}

/** A line without the marks of Markdown; empty for rules, tables and lines of signs only. */
function plainLine(line: string): string {
  const text = line
    .trim()
    .replace(/^(#{1,6}|>|[-*+•]|\d{1,3}[.)]|\[[ x]\])\s+/i, '')
    .replace(/(\*\*|__|\*|`)/g, '')
    .trim();
  if (/^[\s|:=_-]*$/.test(text) || text.startsWith('|')) return '';
  return /[\p{L}\p{N}]/u.test(text) ? text : '';
}

/** A sentence ends at a mark before a blank, at a line's end, and not after `e.g.`. */
function sentencesOf(prose: string): string[] {
  const sentences: string[] = [];
  for (const line of prose.split('\n')) {
    let start = 0;
    for (const { index, 0: mark } of line.matchAll(/[.!?]+["')\]]*(?=\s)/g)) {
      const end = index + mark.length;
      if (/\b(e\.g|i\.e|etc|vs|cf|no|approx)\.$/i.test(line.slice(start, end))) continue;
      sentences.push(line.slice(start, end).trim());
      start = end;
      if (sentences.length >= MOST_SENTENCES) return sentences;
    }
    const rest = line.slice(start).trim();
    if (rest !== '') sentences.push(rest.replace(/:$/, ''));
    if (sentences.length >= MOST_SENTENCES) return sentences;
  }
  return sentences;
}

/** A message of code only. */
function codeLine(text: string): string {
  const line = text
    .split('\n')
    .map((one) => one.trim())
    .find((one) => one !== '' && !/^(```|~~~)/.test(one));
  return line === undefined ? 'No words' : `Code: ${line}`;
}

const ATTENTION_WORDS: readonly [string, string][] = [
  ['needs_you', 'need you'],
  ['limit', 'at a limit'],
  ['your_turn', 'wait for your next prompt'],
  ['working', 'at work'],
  ['stalled', 'stalled'],
  ['unknown', 'unknown'],
  ['idle', 'idle'],
];

/** Counts first, then what the busiest is about. */
function projectLine(agents: readonly AgentLine[]): string {
  if (agents.length === 0) return 'No agents';
  const counts = ATTENTION_WORDS.flatMap(([attention, words]) => {
    const count = agents.filter((agent) => agent.attention === attention).length;
    return count === 0 ? [] : [`${count} ${words}`];
  });
  const order = ATTENTION_WORDS.map(([attention]) => attention);
  const rank = ({ attention }: AgentLine) =>
    (order.indexOf(attention) + order.length + 1) % (order.length + 1);
  const about = agents
    .toSorted((a, b) => rank(a) - rank(b) || a.id - b.id)
    .map(({ goal, last }) => goal ?? last)
    .find((words) => words !== null);
  return about === undefined ? counts.join(', ') : `${counts.join(', ')}: ${about}`;
}

function capital(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length);
}
