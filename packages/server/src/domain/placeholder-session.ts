/** The session id of an agent that is known by its process only, until its first hook tells the true one. */

const PREFIX = 'before-first-hook:';

export function placeholderSession(pid: number, procStart: string): string {
  return `${PREFIX}${pid}:${procStart}`;
}

export function isPlaceholder(sessionId: string): boolean {
  return sessionId.startsWith(PREFIX);
}
