/** Headers of every answer. The page needs nothing from anybody else, and nobody may frame it. */
import type { Access } from './access.ts';

const HEADERS = {
  'content-security-policy': [
    "default-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** No browser page calls hooks, and their answers shall be short. */
const HOOK_HEADERS = { 'x-content-type-options': 'nosniff' } as const;

export function securityHeaders(access: Access): Readonly<Record<string, string>> {
  return access === 'hook' ? HOOK_HEADERS : HEADERS;
}
