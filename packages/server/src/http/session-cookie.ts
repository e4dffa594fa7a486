/**
 * The dashboard's session: a cookie that says until when, signed with a key made from the operator
 * token. Nothing is stored; a new token ends all sessions.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface SessionCookies {
  /** Value of Set-Cookie for a new session. */
  issue(): string;
  /** Value of Set-Cookie that removes it. */
  clear(): string;
  /** True for a Cookie header with a session that is ours and not over. */
  verify(header: string | undefined): boolean;
}

const SESSION_DAYS = 30;
const SESSION_SECONDS = SESSION_DAYS * 24 * 60 * 60;
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';
const MAC_BYTES = 32;

/** @param now milliseconds since 1970 */
export function sessionCookies(operatorToken: string, now: () => number): SessionCookies {
  const key = createHmac('sha256', operatorToken).update('headspace session key').digest();
  // Browsers share cookies between all ports of a host: the name tells our servers apart.
  const name = `headspace_${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
  const sign = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return {
    issue() {
      const until = Math.floor(now() / 1000) + SESSION_SECONDS;
      const text = `${String(until)}.${randomBytes(9).toString('base64url')}`;
      const value = `${text}.${sign(text).toString('base64url')}`;
      return `${name}=${value}; Max-Age=${String(SESSION_SECONDS)}; ${ATTRIBUTES}`;
    },
    clear: () => `${name}=; Max-Age=0; ${ATTRIBUTES}`,
    verify(header) {
      return valuesOf(header, name).some((value) => {
        const [until = '', nonce = '', mac = ''] = value.split('.');
        const given = Buffer.from(mac, 'base64url');
        if (given.length !== MAC_BYTES) return false;
        if (!timingSafeEqual(given, sign(`${until}.${nonce}`))) return false;
        return Number(until) * 1000 > now();
      });
    },
  };
}

function valuesOf(header: string | undefined, name: string): string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}
