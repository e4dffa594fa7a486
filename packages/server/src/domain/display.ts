/** Short, safe texts for people: redacted, on one line, and storable as PostgreSQL text. */
import { redactText } from './redact.ts';

/**
 * PostgreSQL text can hold neither NUL nor half of a surrogate pair; both become U+FFFD. The
 * stored payload keeps them as they came.
 */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}

/** JSON that PostgreSQL can take into text and jsonb: no NUL, no half surrogate pairs. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/\\u(0000|d[89a-f])/i.test(text)) return text;
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? storable(inner) : inner,
  );
}

/** The first `limit` characters of `text`, never cutting a surrogate pair. */
export function beginning(text: string, limit: number): { text: string; truncated: boolean } {
  if (text.length <= limit) return { text, truncated: false };
  const cut = text.slice(0, limit);
  const last = cut.charCodeAt(cut.length - 1);
  return { text: last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut, truncated: true };
}

/** One redacted line of at most `limit` characters. */
export function oneLine(text: string, limit = 160): string {
  // Cut before the costly part: a 5 MB input needs no full pass to yield a line.
  const start = beginning(text, limit * 8).text;
  const line = redactText(storable(start)).replace(/\s+/g, ' ').trim();
  const short = beginning(line, limit - 1);
  return short.truncated || start.length < text.length ? `${short.text}…` : line;
}

/** What a tool call is about, e.g. `Bash: git push origin main`. */
export function toolSummary(tool: string, input: unknown): string {
  const target = toolTarget(input);
  return target === null ? tool : oneLine(`${tool}: ${target}`);
}

/** What a dialog asks, in a line: the question itself, the plan's title, or the tool and its target. */
export function dialogSummary(
  kind: 'permission' | 'question' | 'plan',
  tool: string,
  input: unknown,
): string {
  const fields = (input ?? {}) as Record<string, unknown>;
  if (kind === 'question') {
    const question = firstQuestion(fields['questions']);
    if (question !== null) return oneLine(question);
  }
  if (kind === 'plan' && typeof fields['plan'] === 'string') {
    const title = beginning(fields['plan'], 2_000)
      .text.split('\n')
      .map((line) => line.replace(/^#+\s*/, '').trim())
      .find((line) => line !== '');
    if (title !== undefined) return oneLine(title);
  }
  return toolSummary(tool, input);
}

const TARGET_FIELDS = ['command', 'file_path', 'notebook_path', 'path', 'url', 'query', 'pattern'];

function toolTarget(input: unknown): string | null {
  if (input === null || typeof input !== 'object') return null;
  const fields = input as Record<string, unknown>;
  const question = firstQuestion(fields['questions']);
  if (question !== null) return question;
  for (const name of TARGET_FIELDS) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  const description = fields['description'] ?? fields['subject'] ?? fields['prompt'];
  return typeof description === 'string' ? description : null;
}

function firstQuestion(questions: unknown): string | null {
  if (!Array.isArray(questions)) return null;
  const first: unknown = questions[0];
  if (first === null || typeof first !== 'object') return null;
  const text = (first as Record<string, unknown>)['question'];
  if (typeof text !== 'string') return null;
  return questions.length > 1 ? `${text} (and ${questions.length - 1} more)` : text;
}
