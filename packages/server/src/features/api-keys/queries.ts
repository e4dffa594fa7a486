/** Rows of API keys. The key itself is nowhere in them. */
import type { ApiKeyScope } from '@headspace/contract';
import type { Pool, PoolClient } from 'pg';

type Client = Pick<PoolClient, 'query'>;

export interface ApiKeyRow {
  id: number;
  name: string;
  digest: Buffer;
  scopes: ApiKeyScope[];
  projects: string[];
  embedOrigins: string[];
  maxAgents: number;
  maxPerHour: number;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

const COLUMNS = `k.id::float8 as id, k.name, k.digest, k.scopes, k.projects,
  k.embed_origins as "embedOrigins", k.max_agents as "maxAgents", k.max_per_hour as "maxPerHour",
  k.created_at as "createdAt", k.expires_at as "expiresAt", k.revoked_at as "revokedAt",
  k.last_used_at as "lastUsedAt"`;

export async function nextKeyId(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('api_keys', 'id'))::float8 as id`,
  );
  return rows[0]?.id ?? 0;
}

export async function addKey(
  pool: Pool,
  key: Omit<ApiKeyRow, 'revokedAt' | 'lastUsedAt'>,
): Promise<void> {
  await pool.query(
    `insert into api_keys (id, name, digest, scopes, projects, embed_origins, max_agents,
       max_per_hour, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      key.id,
      key.name,
      key.digest,
      key.scopes,
      key.projects,
      key.embedOrigins,
      key.maxAgents,
      key.maxPerHour,
      key.createdAt,
      key.expiresAt,
    ],
  );
}

export async function findKey(client: Client, id: number): Promise<ApiKeyRow | undefined> {
  const { rows } = await client.query<ApiKeyRow>({
    name: 'find-api-key',
    text: `select ${COLUMNS} from api_keys k where k.id = $1`,
    values: [id],
  });
  return rows[0];
}

/** The row, which until the end of the transaction nobody else locks or revokes. */
export async function lockKey(client: Client, id: number): Promise<ApiKeyRow | undefined> {
  const { rows } = await client.query<ApiKeyRow>(
    `select ${COLUMNS} from api_keys k where k.id = $1 for no key update`,
    [id],
  );
  return rows[0];
}

const OPEN_AGENTS = '(select count(*)::int from open_remote_agents r where r.api_key_id = k.id)';

export type ListedKey = ApiKeyRow & { agents: number };

/** Newest first. */
export async function listKeys(pool: Pool, limit: number): Promise<ListedKey[]> {
  const { rows } = await pool.query<ListedKey>(
    `select ${COLUMNS}, ${OPEN_AGENTS} as agents from api_keys k order by k.id desc limit $1`,
    [limit],
  );
  return rows;
}

/** False where there is no such key. One that is revoked stays as it was. */
export async function revokeKey(pool: Pool, id: number, at: Date): Promise<boolean> {
  const { rowCount } = await pool.query(
    'update api_keys set revoked_at = coalesce(revoked_at, $2) where id = $1',
    [id, at],
  );
  return rowCount !== 0;
}

export async function findListedKey(pool: Pool, id: number): Promise<ListedKey | undefined> {
  const { rows } = await pool.query<ListedKey>(
    `select ${COLUMNS}, ${OPEN_AGENTS} as agents from api_keys k where k.id = $1`,
    [id],
  );
  return rows[0];
}

/** Once a minute for a busy key; does not wait for who has the row. */
export async function noteUse(pool: Pool, id: number, at: Date, before: Date): Promise<void> {
  await pool.query(
    `update api_keys set last_used_at = $2 where id = (
       select id from api_keys where id = $1 and (last_used_at is null or last_used_at < $3)
       for no key update skip locked)`,
    [id, at, before],
  );
}
