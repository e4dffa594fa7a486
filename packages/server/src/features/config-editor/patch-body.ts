/** The body of `PATCH /api/config`, and the header that says on which content it is based. Pure. */
import { isSettingName } from '@headspace/contract';
import { HeadspaceError } from '../../platform/headspace-error.ts';

/** Deeper than any name. */
const DEEPEST = 8;

/**
 * New values by name, from `{"log.level": "debug"}` or `{"log": {"level": "debug"}}`. Throws
 * HeadspaceError `invalid_payload`.
 */
export function changesOf(body: unknown): Record<string, unknown> {
  if (!isObject(body)) {
    throw refused('', 'must be an object: new values by name, null to take one out');
  }
  const changes = new Map<string, unknown>();
  collect(body, '', 1, changes);
  return Object.fromEntries(changes);
}

function collect(
  from: Readonly<Record<string, unknown>>,
  prefix: string,
  depth: number,
  changes: Map<string, unknown>,
): void {
  for (const [key, value] of Object.entries(from)) {
    const name = `${prefix}${key}`;
    if (!isSettingName(name) && isObject(value) && depth < DEEPEST) {
      collect(value, `${name}.`, depth + 1, changes);
    } else if (changes.has(name)) throw refused(name, 'is there twice');
    else changes.set(name, value);
  }
}

function refused(path: string, message: string): HeadspaceError {
  return new HeadspaceError('invalid_payload', undefined, { errors: [{ path, message }] });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether a content's tag is one that `If-Match` names (RFC 9110, section 13.1.1). A weak tag is
 * never one: changes need the very content.
 */
export function ifMatch(header: string | undefined): ((etag: string) => boolean) | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return (etag) => etag !== '"none"';
  const tags = new Set(header.split(',').map((tag) => tag.trim()));
  return (etag) => tags.has(etag);
}
