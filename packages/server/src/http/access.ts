/**
 * Who may call a route, by the pattern under which it was registered. How a caller spells an
 * address (`/%61pi/…`, `//api`) plays no part. What is not named here is for the operator.
 */

/**
 * - `health`    everybody, by whatever name they call us
 * - `page`      every browser: the dashboard's own files, the empty page of a chat view, and what has no route
 * - `login`     every browser, from our own page
 * - `hook`      the hook token; reading also the operator
 * - `remote`    an API key, the token of a chat view, or the operator
 * - `operator`  the operator's token or the dashboard's cookie
 */
export type Access = 'health' | 'page' | 'login' | 'hook' | 'remote' | 'operator';

/** @param pattern as registered, e.g. `/api/agents/:id`; undefined where no route fits */
export function accessOf(pattern: string | undefined): Access {
  if (pattern === undefined || pattern === '/*') return 'page';
  if (pattern.startsWith('/embed/')) return 'page';
  if (pattern.startsWith('/health/')) return 'health';
  if (pattern === '/api/login' || pattern === '/api/logout') return 'login';
  if (pattern.startsWith('/hook/')) return 'hook';
  if (pattern === '/api/remote-agents' || pattern.startsWith('/api/remote-agents/'))
    return 'remote';
  return 'operator';
}
