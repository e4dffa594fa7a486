/** How hosts are called on cards. */
import type { AgentView } from '@headspace/contract';

const UUID_HEAD = /^([\da-f]{8})-[\da-f]{4}-/i;

/** A host is known by an id; its first part is enough to tell a few machines apart. */
export function shortHost(host: string): string {
  return UUID_HEAD.exec(host)?.[1] ?? host;
}

/** With one machine only, its name on every card would be noise. */
export function hasManyHosts(agents: Iterable<AgentView>): boolean {
  let first: string | undefined;
  for (const { host } of agents) {
    first ??= host;
    if (host !== first) return true;
  }
  return false;
}
