/** Keys for programs that start agents: `/api/keys`. They open `/api/remote-agents` and nothing else. */
import { z } from 'zod';

/** What a key may do with its agents; it never sees those of others. */
export const API_KEY_SCOPES = [
  'agents:create',
  'agents:read',
  'agents:prompt',
  'agents:approve',
  'agents:stop',
] as const;
export const ApiKeyScope = z.enum(API_KEY_SCOPES);
export type ApiKeyScope = z.infer<typeof ApiKeyScope>;

const isOrigin = (text: string): boolean =>
  URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;

/** Scheme, host and port of a web site, as browsers send it. */
export const WebOrigin = z
  .string()
  .max(300)
  .refine(isOrigin, 'must be an origin such as https://shop.example, without a path');

const Count = z.number().int().min(1).max(10_000);

/** Body of `POST /api/keys`. */
export const NewApiKeyRequest = z.strictObject({
  /** For people: what the key is for. */
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}]*$/u, 'must have no control characters'),
  scopes: z.array(ApiKeyScope).min(1).max(API_KEY_SCOPES.length),
  /** Absolute paths of directories on the server's machine; agents start in them and below them. */
  projects: z.array(z.string().min(1).max(4096)).min(1).max(100),
  /** Agents at once. */
  maxAgents: Count.default(5),
  /** New agents within an hour. */
  maxPerHour: Count.default(60),
  /** Null: it never ends by itself. */
  expiresInDays: z.number().int().min(1).max(3650).nullable().default(90),
  /** Web sites that may show the chat view of its agents in a frame. */
  embedOrigins: z.array(WebOrigin).max(20).default([]),
});
export type NewApiKeyRequest = z.input<typeof NewApiKeyRequest>;

const Timestamp = z.iso.datetime();

export const ApiKeyView = z.object({
  id: z.number().int(),
  name: z.string(),
  scopes: z.array(ApiKeyScope),
  /** Real paths. */
  projects: z.array(z.string()),
  maxAgents: z.number().int(),
  maxPerHour: z.number().int(),
  embedOrigins: z.array(z.string()),
  state: z.enum(['active', 'expired', 'revoked']),
  /** Its agents that have not ended. */
  agents: z.number().int(),
  createdAt: Timestamp,
  expiresAt: Timestamp.nullable(),
  revokedAt: Timestamp.nullable(),
  /** To the minute. */
  lastUsedAt: Timestamp.nullable(),
});
export type ApiKeyView = z.infer<typeof ApiKeyView>;

/** `GET /api/keys`: newest first. */
export const ApiKeyList = z.object({ keys: z.array(ApiKeyView) });
export type ApiKeyList = z.infer<typeof ApiKeyList>;

/** Answer to `POST /api/keys`. */
export const CreatedApiKey = ApiKeyView.extend({
  /** The key itself. It is shown this once: only its hash is kept. */
  key: z.string(),
});
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;
