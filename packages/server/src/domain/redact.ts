/**
 * Hides secrets before anything is shown or logged. The stored payload stays whole; every view
 * goes through here. Better one word too many hidden than a key on a screen.
 */

const MASK = '[redacted]';

/** Field names whose values are never shown; `camelCase` is read as `camel_case`. */
const SECRET_FIELD =
  /(^|[_-])(pass(word|wd|phrase)?|secret|token|api[_-]?key|apikey|authorization|auth|cookie|credentials?|private[_-]?key|access[_-]?key|client[_-]?secret|session[_-]?key)s?$/i;

/**
 * Values that look like secrets wherever they stand. Tool inputs can be megabytes of anything, so
 * no pattern may go over the same characters again and again: open ends stand last or are bounded.
 */
const SECRET_VALUES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(sk|pk|rk)-(ant-|proj-|live-|test-)?[A-Za-z0-9_-]{16,}/g,
  /\b(sk|pk|rk)_(live|test)_[A-Za-z0-9]{16,}/g,
  // Our own: keys and tokens of chat views.
  /\bhs(?:_\d{1,16}|e)_[A-Za-z0-9_-]{43}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  // The head of a JSON web token has some hundred characters at most.
  /\beyJ[A-Za-z0-9_-]{8,600}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
];

const BEARER = /\b([Bb]earer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g;
const URL_PASSWORD = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;

/** `text` with everything that looks like a secret masked. */
export function redactText(text: string): string {
  let out = text;
  for (const pattern of SECRET_VALUES) out = out.replace(pattern, MASK);
  return redactAssignments(out.replace(BEARER, `$1 ${MASK}`).replace(URL_PASSWORD, `$1${MASK}@`));
}

const NAME = /[A-Za-z0-9_-]+/g;
const SECRET_WORD =
  /password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key/i;
const ASSIGNED = /["']?\s*(?:[=:]|\s(?=[^\s-]))\s*["']?/y;
const VALUE = /[^\s"'&;|,)}]{4,}/y;

/**
 * `NAME=value`, `--name value` and `name: value` where the name says that the value is secret.
 * Goes from name to name in place of one pattern for all, which would take time with the cube of
 * the text's length: 41 s for 10 KB.
 */
function redactAssignments(text: string): string {
  let out = '';
  let done = 0;
  for (const { 0: name, index } of text.matchAll(NAME)) {
    if (index < done || !SECRET_WORD.test(name)) continue;
    const start = endOfMatch(ASSIGNED, text, index + name.length);
    const end = start === null ? null : endOfMatch(VALUE, text, start);
    if (start === null || end === null) continue;
    out += text.slice(done, start) + MASK;
    done = end;
  }
  return out + text.slice(done);
}

function endOfMatch(sticky: RegExp, text: string, at: number): number | null {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : null;
}

/** A deep copy of a JSON value with secrets masked, by field name and by content. */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        isSecretField(key, inner) ? MASK : redact(inner),
      ]),
    );
  }
  return value;
}

/** Numbers of tokens (`max_tokens`) are counts; true, false and null tell nothing. */
function isSecretField(key: string, value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return false;
  if (typeof value === 'number' && /tokens$/i.test(key)) return false;
  return SECRET_FIELD.test(key.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_'));
}
