/**
 * Who asks: the operator, a key, or a chat view. The app admits each request before its route runs;
 * a request that nobody has admitted is refused here.
 */
import type { ApiKeyScope } from '@headspace/contract';
import type { FastifyRequest } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { digestOf } from '../../platform/secret.ts';
import { type ApiKeysContext, isUsable, type UsableKey, useApiKey } from '../api-keys/index.ts';
import { findEmbedToken, findKeyLimits } from './queries.ts';

export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'key'; readonly key: UsableKey }
  | {
      readonly kind: 'embed';
      /** The only one that it sees. */
      readonly remoteAgentId: string;
      readonly scopes: readonly ApiKeyScope[];
      readonly token: string;
    };

/** `hs_…` keys and `hse_…` tokens of chat views. */
const OURS = /^hse?_/;
export const EMBED_TOKEN_FORM = /^hse_[A-Za-z0-9_-]{43}$/;

export class RemoteCallers {
  private readonly context: ApiKeysContext;
  private readonly callers = new WeakMap<FastifyRequest, Caller>();

  constructor(context: ApiKeysContext) {
    this.context = context;
  }

  /** Whether a bearer token looks like one of ours. */
  knows(token: string): boolean {
    return OURS.test(token);
  }

  admitOperator(request: FastifyRequest): void {
    this.callers.set(request, { kind: 'operator' });
  }

  /** @throws HeadspaceError unauthorized */
  async admitToken(request: FastifyRequest, token: string): Promise<void> {
    const isEmbed = EMBED_TOKEN_FORM.test(token);
    const caller: Caller = isEmbed
      ? await this.embed(token)
      : { kind: 'key', key: await useApiKey(this.context, token) };
    this.callers.set(request, caller);
  }

  /** @throws HeadspaceError unauthorized */
  of(request: FastifyRequest): Caller {
    const caller = this.callers.get(request);
    if (caller === undefined) throw new HeadspaceError('unauthorized');
    return caller;
  }

  /** Once more, for a request that goes on for long. @throws HeadspaceError unauthorized */
  async confirm(caller: Caller): Promise<void> {
    if (caller.kind === 'embed') await this.embed(caller.token);
    if (caller.kind !== 'key') return;
    const limits = await findKeyLimits(this.context.pool, caller.key.id);
    if (limits === undefined || !isUsable(limits, this.context.now())) {
      throw new HeadspaceError('unauthorized');
    }
  }

  /** Ends with its time, its agent and the key that made it. */
  private async embed(token: string): Promise<Caller> {
    const found = await findEmbedToken(this.context.pool, digestOf(token));
    const now = this.context.now();
    if (found === undefined || found.tokenExpiresAt.getTime() <= now || !isUsable(found, now)) {
      throw new HeadspaceError('unauthorized');
    }
    return { kind: 'embed', remoteAgentId: found.remoteAgentId, scopes: found.scopes, token };
  }
}

/** @throws HeadspaceError scope_missing */
export function assertScope(caller: Caller, scope: ApiKeyScope): void {
  if (caller.kind === 'operator') return;
  const scopes = caller.kind === 'key' ? caller.key.scopes : caller.scopes;
  if (!scopes.includes(scope)) {
    throw new HeadspaceError('scope_missing', `It does not have the scope ${scope}.`);
  }
}
