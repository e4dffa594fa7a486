/** Rows of remote agents and of the tokens of their chat views. */
import type { ApiKeyScope } from '@headspace/contract';
import type { Pool, PoolClient } from 'pg';

type Client = Pick<PoolClient, 'query'>;

export interface RemoteRow {
  id: string;
  /** Null: the operator's. */
  apiKeyId: number | null;
  keyName: string | null;
  /** Sites that may frame its chat view. */
  embedOrigins: string[];
  launchId: number;
}

const SELECT = `select r.id, r.api_key_id::float8 as "apiKeyId", k.name as "keyName",
    coalesce(k.embed_origins, '{}') as "embedOrigins", r.launch_id::float8 as "launchId"
  from remote_agents r left join api_keys k on k.id = r.api_key_id`;

export async function findRemote(client: Client, id: string): Promise<RemoteRow | undefined> {
  const { rows } = await client.query<RemoteRow>(`${SELECT} where r.id = $1`, [id]);
  return rows[0];
}

export async function findRemoteByLaunch(
  client: Client,
  launchId: number,
): Promise<RemoteRow | undefined> {
  const { rows } = await client.query<RemoteRow>(`${SELECT} where r.launch_id = $1`, [launchId]);
  return rows[0];
}

/** Newest first; those of one key, or all. */
export async function listRemotes(
  pool: Pool,
  apiKeyId: number | null,
  limit: number,
): Promise<RemoteRow[]> {
  const { rows } = await pool.query<RemoteRow>(
    `${SELECT} where $1::bigint is null or r.api_key_id = $1
     order by r.created_at desc, r.launch_id desc limit $2`,
    [apiKeyId, limit],
  );
  return rows;
}

export async function addRemote(
  client: Client,
  remote: { id: string; apiKeyId: number | null; launchId: number; at: Date },
): Promise<void> {
  await client.query(
    'insert into remote_agents (id, api_key_id, launch_id, created_at) values ($1, $2, $3, $4)',
    [remote.id, remote.apiKeyId, remote.launchId, remote.at],
  );
}

export interface KeyUse {
  /** Agents that count now. */
  open: number;
  /** Started since the given time, and when the first of these was. */
  recent: number;
  oldest: Date | null;
}

export async function keyUse(client: Client, apiKeyId: number, since: Date): Promise<KeyUse> {
  const { rows } = await client.query<KeyUse>(
    `select (select count(*)::int from open_remote_agents where api_key_id = $1) as open,
       count(*)::int as recent, min(created_at) as oldest
     from remote_agents where api_key_id = $1 and created_at > $2`,
    [apiKeyId, since],
  );
  const [use] = rows;
  if (use === undefined) throw new Error('an aggregate gave no row');
  return use;
}

/** Real paths of the projects of this name on a host. */
export async function projectPaths(pool: Pool, host: string, name: string): Promise<string[]> {
  const { rows } = await pool.query<{ path: string }>(
    'select path from projects where host = $1 and name = $2 limit 100',
    [host, name],
  );
  return rows.map(({ path }) => path);
}

export interface KeyLimits {
  revokedAt: Date | null;
  expiresAt: Date | null;
}

export async function findKeyLimits(pool: Pool, id: number): Promise<KeyLimits | undefined> {
  const { rows } = await pool.query<KeyLimits>(
    `select revoked_at as "revokedAt", expires_at as "expiresAt" from api_keys where id = $1`,
    [id],
  );
  return rows[0];
}

export interface EmbedTokenRow extends KeyLimits {
  remoteAgentId: string;
  scopes: ApiKeyScope[];
  tokenExpiresAt: Date;
}

/** Nothing once its agent has ended. A digest that fits is a proof: it cannot be approached in steps. */
export async function findEmbedToken(
  pool: Pool,
  digest: Buffer,
): Promise<EmbedTokenRow | undefined> {
  const { rows } = await pool.query<EmbedTokenRow>({
    name: 'find-embed-token',
    text: `select e.remote_agent_id as "remoteAgentId", e.scopes, e.expires_at as "tokenExpiresAt",
        k.revoked_at as "revokedAt", k.expires_at as "expiresAt"
      from embed_tokens e join open_remote_agents r on r.id = e.remote_agent_id
      left join api_keys k on k.id = r.api_key_id
      where e.digest = $1`,
    values: [digest],
  });
  return rows[0];
}

/** What is over goes with the next that comes. */
export async function addEmbedToken(
  pool: Pool,
  token: { digest: Buffer; remoteAgentId: string; scopes: string[]; at: Date; expiresAt: Date },
): Promise<void> {
  await pool.query(
    `with over as (delete from embed_tokens where expires_at < $4)
     insert into embed_tokens (digest, remote_agent_id, scopes, created_at, expires_at)
     values ($1, $2, $3, $4, $5)`,
    [token.digest, token.remoteAgentId, token.scopes, token.at, token.expiresAt],
  );
}
