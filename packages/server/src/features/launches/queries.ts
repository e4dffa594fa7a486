/** Rows of launches. A step is taken only from a state that allows it, and is told with its row. */
import type { LaunchPurpose, PERMISSION_MODES } from '@headspace/contract';
import type { Pool, PoolClient } from 'pg';
import {
  LAUNCH_STEPS,
  launchJobKey,
  launchJobName,
  type StoredLaunchState,
} from '../../domain/launch.ts';
import { launchView } from './view.ts';

type Client = Pick<PoolClient, 'query'>;

export interface LaunchRow {
  id: number;
  uuid: string;
  request: string;
  host: string;
  purpose: LaunchPurpose;
  path: string;
  persona: string | null;
  prompt: string | null;
  model: string | null;
  permissionMode: (typeof PERMISSION_MODES)[number] | null;
  state: StoredLaunchState;
  reason: string | null;
  tmuxSession: string;
  tmuxSocket: string | null;
  tmuxPane: string | null;
  panePid: number | null;
  agentId: number | null;
  /** Its agent was there and has ended. */
  agentEnded: boolean;
  createdAt: Date;
  changedAt: Date;
  deadlineAt: Date;
}

const COLUMNS = `l.id::float8 as id, l.uuid, l.request, l.host, l.purpose, l.path, l.persona, l.prompt,
  l.model, l.permission_mode as "permissionMode", l.state, l.reason,
  l.tmux_session as "tmuxSession", l.tmux_socket as "tmuxSocket", l.tmux_pane as "tmuxPane",
  l.pane_pid as "panePid", l.agent_id as "agentId",
  exists (select from agents a where a.id = l.agent_id and a.ended_at is not null) as "agentEnded",
  l.created_at as "createdAt", l.changed_at as "changedAt", l.deadline_at as "deadlineAt"`;

async function findBy(
  client: Client,
  column: 'id' | 'uuid' | 'idempotency_key',
  value: number | string,
): Promise<LaunchRow | undefined> {
  const text = `select ${COLUMNS} from launches l where l.${column} = $1`;
  const { rows } = await client.query<LaunchRow>(text, [value]);
  return rows[0];
}

export const findLaunch = async (client: Client, id: number): Promise<LaunchRow | undefined> =>
  findBy(client, 'id', id);

export const findLaunchByKey = async (
  client: Client,
  key: string,
): Promise<LaunchRow | undefined> => findBy(client, 'idempotency_key', key);

export async function findLaunches(client: Client, ids: readonly number[]): Promise<LaunchRow[]> {
  const text = `select ${COLUMNS} from launches l where l.id = any($1::bigint[])`;
  const { rows } = await client.query<LaunchRow>(text, [ids]);
  return rows;
}

/** A launch of this host that still waits for its agent. */
export async function findOpenLaunch(
  pool: Pool,
  uuid: string,
  host: string,
): Promise<LaunchRow | null> {
  const launch = await findBy(pool, 'uuid', uuid);
  const isOpen =
    launch !== undefined &&
    launch.agentId === null &&
    launch.host === host &&
    (launch.state === 'requested' || launch.state === 'starting');
  return isOpen ? launch : null;
}

/** Newest first. */
export async function listLaunches(pool: Pool, limit: number): Promise<LaunchRow[]> {
  const text = `select ${COLUMNS} from launches l order by l.id desc limit $1`;
  const { rows } = await pool.query<LaunchRow>(text, [limit]);
  return rows;
}

export async function nextLaunchId(client: Client): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('launches', 'id'))::float8 as id`,
  );
  return rows[0]?.id ?? 0;
}

export interface AddedLaunch extends Omit<
  LaunchRow,
  'state' | 'reason' | 'agentId' | 'agentEnded' | 'tmuxPane' | 'panePid' | 'changedAt'
> {
  readonly key: string | null;
}

/** The row with its job, in the caller's transaction. False where the key has one already. */
export async function addLaunch(client: Client, launch: AddedLaunch): Promise<boolean> {
  const { rows } = await client.query(
    `with added as (
       insert into launches (id, uuid, idempotency_key, request, host, purpose, path, persona, prompt,
         model, permission_mode, tmux_session, tmux_socket, created_at, changed_at, deadline_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)
       on conflict (idempotency_key) do nothing returning id
     )
     select graphile_worker.add_job($16, json_build_object('launchId', id), job_key := $17) from added`,
    [
      launch.id,
      launch.uuid,
      launch.key,
      launch.request,
      launch.host,
      launch.purpose,
      launch.path,
      launch.persona,
      launch.prompt,
      launch.model,
      launch.permissionMode,
      launch.tmuxSession,
      launch.tmuxSocket,
      launch.createdAt,
      launch.deadlineAt,
      launchJobName(launch.host),
      launchJobKey(launch.id),
    ],
  );
  if (rows.length === 0) return false;
  await tell(client, launch.id);
  return true;
}

/** What a step may set beside the state. */
export interface LaunchChange {
  readonly reason?: string | null;
  readonly agentId?: number;
  readonly pane?: { readonly pane: string; readonly pid: number };
}

/** The row after the step; undefined where the present state does not allow it. */
export async function stepLaunch(
  client: Client,
  id: number,
  to: StoredLaunchState,
  at: number,
  { reason = null, agentId, pane }: LaunchChange = {},
): Promise<LaunchRow | undefined> {
  const { rowCount } = await client.query(
    `update launches set state = $2, reason = $4, changed_at = $5,
       agent_id = coalesce($6, agent_id), tmux_pane = coalesce($7, tmux_pane),
       pane_pid = coalesce($8, pane_pid)
     where id = $1 and state = any($3::text[]) and ($6::int is null or agent_id is null)`,
    [
      id,
      to,
      LAUNCH_STEPS[to],
      reason,
      new Date(at),
      agentId ?? null,
      pane?.pane ?? null,
      pane?.pid ?? null,
    ],
  );
  return rowCount === 0 ? undefined : tell(client, id);
}

/** What is seen of it while it stays in its state; told only where it is new. */
export async function noteLaunch(
  client: Client,
  { id, state }: Pick<LaunchRow, 'id' | 'state'>,
  at: number,
  { reason = null, pane }: Omit<LaunchChange, 'agentId'>,
): Promise<void> {
  const { rowCount } = await client.query(
    `update launches set reason = $3, changed_at = $4, tmux_pane = coalesce($5, tmux_pane),
       pane_pid = coalesce($6, pane_pid)
     where id = $1 and state = $2
       and (reason, tmux_pane, pane_pid) is distinct from
         ($3::text, coalesce($5::text, tmux_pane), coalesce($6::int, pane_pid))`,
    [id, state, reason, new Date(at), pane?.pane ?? null, pane?.pid ?? null],
  );
  if (rowCount !== 0) await tell(client, id);
}

/** The job comes at once, whenever it was due. */
export async function wakeLaunch(client: Client, launch: LaunchRow): Promise<void> {
  await client.query(
    `select graphile_worker.add_job($1, json_build_object('launchId', $2::bigint), job_key := $3)`,
    [launchJobName(launch.host), launch.id, launchJobKey(launch.id)],
  );
}

async function tell(client: Client, id: number): Promise<LaunchRow | undefined> {
  const row = await findLaunch(client, id);
  if (row === undefined) return undefined;
  const message = { type: 'launch.changed', launch: launchView(row) };
  await client.query('insert into outbox (type, agent_id, message) values ($1, $2, $3)', [
    message.type,
    row.agentId,
    JSON.stringify(message),
  ]);
  return row;
}
