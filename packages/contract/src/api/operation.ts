import type { z } from 'zod';

/** One route of the HTTP API. The server's description of itself and its tests are made from these. */
export interface ApiOperation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As it is registered: `/api/agents/:id`. */
  readonly path: string;
  readonly summary: string;
  /** JSON body; `optionalBody` where it may be left out. */
  readonly body?: z.ZodType;
  readonly optionalBody?: true;
  /** Query parameters, each with what it means; all optional. */
  readonly query?: Readonly<Record<string, string>>;
  /** Request headers beyond the token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** By status: what the body is; null where there is none, a media type where it is no JSON. */
  readonly answers: Readonly<Record<number, z.ZodType | string | null>>;
}

export const IDEMPOTENCY = {
  'idempotency-key': 'A second request with the same key is answered by what the first one made.',
} as const;

export const LIMIT = 'The most rows of an answer.';
