/**
 * Which agent a session was last seen to belong to: saves the look-up before the lock. Only a
 * hint, confirmed under the lock like any proposal; losing it costs a query.
 */
import type { LoadedAgent } from '../agents/index.ts';
import type { StoredEvent } from './envelope.ts';

const LIMIT = 20_000;
const keyOf = (host: string, sessionId: string) => `${host} ${sessionId}`;

export class SessionHints {
  private readonly agents = new Map<string, number>();

  of(event: StoredEvent): number | undefined {
    // A start may take over other agents, which only a look at them can tell.
    if (event.event === 'SessionStart') return undefined;
    return this.agents.get(keyOf(event.host, event.sessionId));
  }

  remember(agent: LoadedAgent): void {
    const key = keyOf(agent.host, agent.sessionId);
    this.agents.delete(key);
    if (agent.state.ending !== null) return;
    this.agents.set(key, agent.id);
    if (this.agents.size <= LIMIT) return;
    const [oldest] = this.agents.keys();
    if (oldest !== undefined) this.agents.delete(oldest);
  }

  forget(event: StoredEvent): void {
    this.agents.delete(keyOf(event.host, event.sessionId));
  }
}
