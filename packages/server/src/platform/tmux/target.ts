/** Where a pane is. Both halves come from outside (hook headers), so both are checked before use. */
import { lstat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { hasCode } from '../error-code.ts';

/** A pane of a tmux server. Pane ids are unique per server only. */
export interface TmuxTarget {
  /** Absolute path of the server's socket. */
  readonly socket: string;
  /** tmux's own id, such as `%3`. */
  readonly pane: string;
}

/** True for tmux's own pane ids; nothing else may become part of a tmux command. */
export function isPaneId(text: string): boolean {
  return /^%\d{1,9}$/.test(text);
}

export type SocketState =
  | { readonly kind: 'usable' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Whether `path` may be spoken to as a tmux server: absolute, a socket (no link), owned by this
 * server's own user. Somebody else's server would be told our prompts and could show us any screen.
 */
export async function checkSocket(path: string): Promise<SocketState> {
  if (!isAbsolute(path) || path.includes('\0')) {
    return { kind: 'refused', why: 'the tmux socket has no absolute path' };
  }
  try {
    const stat = await lstat(path);
    if (!stat.isSocket()) return { kind: 'refused', why: 'the tmux socket is not a socket' };
    const own = process.getuid?.();
    if (own !== undefined && stat.uid !== own) {
      return { kind: 'refused', why: 'the tmux socket belongs to another user' };
    }
    return { kind: 'usable' };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return { kind: 'absent' };
    return { kind: 'refused', why: 'the tmux socket cannot be looked at' };
  }
}
