/** Who may call what: bearer tokens for programs, a cookie for the dashboard. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { HeadspaceError } from '../platform/headspace-error.ts';
import type { SessionCookies } from './session-cookie.ts';
import { comesFromOwnPage } from './site-guard.ts';

export interface Tokens {
  /** For `/hook/*`. */
  readonly hook: string;
  /** For `/api/*` and `/metrics`. */
  readonly operator: string;
}

/** Keys and tokens that the database knows: features/remote-agents. */
export interface RemoteDoor {
  /** Whether a token looks like one of these. */
  knows(token: string): boolean;
  admitOperator(request: FastifyRequest): void;
  /** @throws HeadspaceError unauthorized */
  admitToken(request: FastifyRequest, token: string): Promise<void>;
}

/** Checks that throw HeadspaceError `unauthorized`, or `forbidden_origin` for a forged request. */
export interface Auth {
  /** `/api/*`: the operator's token, or the dashboard's cookie. */
  operator(request: FastifyRequest): void;
  /** `/hook/*`: the hook token; reading the status is also open to the operator. */
  hook(request: FastifyRequest): void;
  /** `/api/remote-agents`: a key, a token of a chat view, or the operator. */
  remote(request: FastifyRequest): Promise<void>;
  /** True for the operator token itself; for the login. */
  isOperatorToken(token: string): boolean;
}

const SAFE_METHODS = new Set(['GET', 'HEAD']);

export function createAuth(tokens: Tokens, cookies: SessionCookies, door: RemoteDoor): Auth {
  const isOperatorToken = tokenCheck(tokens.operator);
  const isHookToken = tokenCheck(tokens.hook);
  const operator = (request: FastifyRequest): void => {
    const token = bearerToken(request);
    if (token !== undefined) {
      // A wrong token is an error also beside a good cookie: the caller means to use it.
      if (isOperatorToken(token)) return;
      throw new HeadspaceError('unauthorized');
    }
    if (!cookies.verify(request.headers.cookie)) throw new HeadspaceError('unauthorized');
    // The browser adds the cookie by itself, so a change must be seen to come from our page.
    if (!SAFE_METHODS.has(request.method) && !comesFromOwnPage(request.headers)) {
      throw new HeadspaceError('forbidden_origin');
    }
  };
  return {
    operator,
    hook(request) {
      const token = bearerToken(request);
      if (token !== undefined && isHookToken(token)) return;
      if (!SAFE_METHODS.has(request.method)) throw new HeadspaceError('unauthorized');
      operator(request);
    },
    async remote(request) {
      const token = bearerToken(request);
      if (token !== undefined && !isOperatorToken(token) && door.knows(token)) {
        await door.admitToken(request, token);
        return;
      }
      operator(request);
      door.admitOperator(request);
    },
    isOperatorToken,
  };
}

function bearerToken(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  return /^Bearer +(\S+)\s*$/i.exec(header)?.[1] ?? '';
}

/** Compares digests: the time taken tells neither content nor length. */
function tokenCheck(expected: string): (token: string) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(expected);
  return (token) => expected !== '' && timingSafeEqual(digest(token), wanted);
}
