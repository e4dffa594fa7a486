import type { Pool, PoolClient } from 'pg';

/**
 * Runs `body` in one transaction on a connection of the pool: commits when it resolves, rolls
 * back when it throws, and passes its error on unchanged. A connection whose end is in doubt
 * (COMMIT or ROLLBACK failed) is destroyed, never given back to the pool.
 *
 * COMMIT of a transaction in which a statement failed answers ROLLBACK without an error; a body
 * that swallowed a database error would lose its work in silence, so that is thrown.
 */
export async function inTransaction<T>(
  pool: Pool,
  body: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let doubt: Error | undefined;
  // Without a listener a connection that dies between two statements ends the process.
  const onError = (error: Error): void => {
    doubt = error;
  };
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await body(client);
    const ended = await client.query('commit').catch((error: unknown) => {
      doubt = asError(error);
      throw error;
    });
    if (ended.command !== 'COMMIT') {
      throw new Error('transaction rolled back: its body went on after a failed statement');
    }
    return result;
  } catch (error) {
    if (doubt === undefined) {
      await client.query('rollback').catch((failure: unknown) => {
        doubt = asError(failure);
      });
    }
    throw error;
  } finally {
    client.off('error', onError);
    client.release(doubt);
  }
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
