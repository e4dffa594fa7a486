/** What a row of the settings table is made of. */
import { z } from 'zod';

export interface Setting<T extends z.ZodType = z.ZodType> {
  schema: T;
  help: string;
  /** Never shown or logged. */
  secret?: true;
  /** A running server takes a new value from `config.yaml` at once; others need a restart. */
  live?: true;
  /** Additional environment variable that is honoured besides HEADSPACE_*. */
  env?: string;
}

export const setting = <T extends z.ZodType>(row: Setting<T>): Setting<T> => row;

export const milliseconds = (least: number, standard: number) =>
  z.coerce.number().int().min(least).max(86_400_000).default(standard);
/** 0 stands for none. */
export const limit = (standard: number) =>
  z.coerce.number().min(0).max(1_000_000_000).default(standard);
export const onOff = (standard: boolean) =>
  z.union([z.boolean(), z.stringbool()]).default(standard);
export const count = (standard: number) =>
  z.coerce.number().int().min(1).max(100_000).default(standard);

type Times<N extends string> = Record<
  `${N}.intervalMs` | `${N}.timeoutMs`,
  Setting<ReturnType<typeof milliseconds>>
>;

/** Settings that every background loop has. `what` ends the sentence "How often …". */
export function loop<N extends string>(
  name: N,
  what: string,
  { intervalMs, timeoutMs }: { intervalMs: number; timeoutMs: number },
): Times<N> {
  const rows = {
    [`${name}.intervalMs`]: setting({
      schema: milliseconds(50, intervalMs),
      live: true,
      help: `Pause between two rounds, which ${what}.`,
    }),
    [`${name}.timeoutMs`]: setting({
      schema: milliseconds(100, timeoutMs),
      live: true,
      help: 'A round that lasts longer is ended and counts as failed.',
    }),
  };
  return rows as Times<N>;
}
