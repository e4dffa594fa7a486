/**
 * Hides secrets before anything is shown or logged. The stored payload stays whole; every view
 * goes through here. Better one word too many hidden than a key on a screen.
 */

const MASK = '[redacted]';

/** Field names whose values are never shown. */
const SECRET_FIELD =
  /(^|[_-])(pass(word|wd|phrase)?|secret|token|api[_-]?key|apikey|authorization|auth|cookie|credentials?|private[_-]?key|access[_-]?key|client[_-]?secret|session[_-]?key)s?$/i;

/** Values that look like secrets wherever they stand. */
const SECRET_VALUES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(sk|pk|rk)-(ant-|proj-|live-|test-)?[A-Za-z0-9_-]{16,}/g,
  /\b(sk|pk|rk)_(live|test)_[A-Za-z0-9]{16,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
];

/** `NAME=value`, `--name value` and `name: value` where the name says that the value is secret. */
const ASSIGNMENT =
  /((?:[A-Za-z0-9_-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)[A-Za-z0-9_-]*)["']?\s*(?:[=:]|\s(?=[^\s-]))\s*["']?)([^\s"'&;|,)}]{4,})/gi;
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g;
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi;

/** `text` with everything that looks like a secret masked. */
export function redactText(text: string): string {
  let out = text;
  for (const pattern of SECRET_VALUES) out = out.replace(pattern, MASK);
  return out
    .replace(BEARER, `$1 ${MASK}`)
    .replace(URL_PASSWORD, `$1${MASK}@`)
    .replace(ASSIGNMENT, `$1${MASK}`);
}

/** A deep copy of a JSON value with secrets masked, by field name and by content. */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) =>
        SECRET_FIELD.test(key) && (typeof inner === 'string' || typeof inner === 'number')
          ? [key, MASK]
          : [key, redact(inner)],
      ),
    );
  }
  return value;
}
