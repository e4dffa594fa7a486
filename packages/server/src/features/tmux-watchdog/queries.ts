/** What the watchdog reads of agents in each pass: little, for it is of all of them. */
import type { Pool } from 'pg';
import type { ScreenContext } from '../../domain/screen-fact.ts';

export interface WatchedPane extends ScreenContext {
  readonly id: number;
  readonly socket: string;
  readonly pane: string;
  readonly sessionId: string;
  /** A process of it was seen in this machine's table and has not gone. */
  readonly hasProcess: boolean;
}

/** Living agents of this host that own a pane. */
export async function watchedPanes(pool: Pool, host: string): Promise<WatchedPane[]> {
  const { rows } = await pool.query<WatchedPane>({
    name: 'watched-panes',
    text: `select a.id, a.tmux_socket as socket, a.tmux_pane as pane,
        a.session_id as "sessionId", a.activity ->> 'turn' as turn,
        (a.activity ->> 'edgeAt')::float8 as "edgeAt", a.activity -> 'sessionFile' as "sessionFile",
        a.activity -> 'screen' as screen, a.activity -> 'dialogs' as dialogs,
        exists (select from agent_processes x where x.agent_id = a.id and x.gone_at is null
          and x.seen_alive_at is not null) as "hasProcess"
      from agents a
      where a.host = $1 and a.ended_at is null and a.kind = 'interactive'
        and a.tmux_pane is not null and a.tmux_socket <> ''
      order by a.id limit 10000`,
    values: [host],
  });
  return rows;
}

/** tmux servers in which agents of this host have been of late; no other one is ever looked at. */
export async function knownSockets(pool: Pool, host: string): Promise<string[]> {
  const { rows } = await pool.query<{ socket: string }>({
    name: 'known-sockets',
    text: `select tmux_socket as socket from agents
      where host = $1 and tmux_socket <> ''
        and (ended_at is null or ended_at > now() - interval '7 days')
      group by tmux_socket order by max(id) desc limit 20`,
    values: [host],
  });
  return rows.map(({ socket }) => socket);
}

/** Which of these processes belong to living agents. */
export async function ownedPids(pool: Pool, host: string, pids: number[]): Promise<Set<number>> {
  const { rows } = await pool.query<{ pid: number }>({
    name: 'owned-pids',
    text: `select x.pid from agent_processes x join agents a on a.id = x.agent_id
      where x.host = $1 and x.pid = any($2::int[]) and x.gone_at is null and a.ended_at is null`,
    values: [host, pids],
  });
  return new Set(rows.map(({ pid }) => pid));
}
