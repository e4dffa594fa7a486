/** The part of the address after `#`: which panel is open, or a token to log in with. Pure. */

export type Route =
  | { name: 'board' }
  | { name: 'agent'; id: number }
  | { name: 'server' }
  | { name: 'settings' }
  | { name: 'personas' }
  | { name: 'keys' }
  | { name: 'token'; token: string };

/** Reads `location.hash`. Whatever is not understood is the board. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  if (text.startsWith('token=')) {
    const token = new URLSearchParams(text).get('token') ?? '';
    return token ? { name: 'token', token } : { name: 'board' };
  }
  const agent = /^\/agent\/(\d{1,15})$/.exec(text);
  if (agent) return { name: 'agent', id: Number(agent[1]) };
  if (text === '/settings') return { name: 'settings' };
  if (text === '/personas') return { name: 'personas' };
  if (text === '/keys') return { name: 'keys' };
  return text === '/server' ? { name: 'server' } : { name: 'board' };
}

/** The address of a panel, to be used as `href`. */
export function routeHref(route: Exclude<Route, { name: 'token' }>): string {
  if (route.name === 'agent') return `#/agent/${route.id}`;
  return route.name === 'board' ? '#/' : `#/${route.name}`;
}
