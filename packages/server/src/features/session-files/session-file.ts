/**
 * Claude Code's own session file, `<config>/sessions/<pid>.json`. Undocumented; the fields were
 * seen on 2.1.197 and are also read by other tools. What does not fit counts as absent.
 */
import { z } from 'zod';

const Content = z.looseObject({
  pid: z.number().int().positive(),
  sessionId: z.string().min(1).max(512),
  /** Field 22 of /proc/<pid>/stat. */
  procStart: z.union([z.string(), z.number()]).transform(String).optional().catch(undefined),
  /** Missing for the first milliseconds, and always in `claude -p`. */
  status: z.enum(['idle', 'busy', 'waiting', 'shell']).optional().catch(undefined),
  waitingFor: z.string().max(500).optional().catch(undefined),
  statusUpdatedAt: z.number().optional().catch(undefined),
  kind: z.string().max(50).optional().catch(undefined),
  cwd: z.string().min(1).max(4096).startsWith('/').optional().catch(undefined),
});

export interface SessionFile {
  pid: number;
  sessionId: string;
  procStart: string | null;
  status: 'idle' | 'busy' | 'waiting' | 'shell' | null;
  waitingFor: string | null;
  /** Milliseconds since 1970 by the clock of the machine that wrote it. */
  statusUpdatedAt: number | null;
  /** `interactive`, or another word for a session without a terminal; null where it is not said. */
  kind: string | null;
  /** Where it began; null where that is not said, or is no absolute path. */
  cwd: string | null;
}

/** Null for text that is no session file of the process that its name says. */
export function parseSessionFile(name: string, text: string): SessionFile | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const content = Content.safeParse(value);
  if (!content.success || `${content.data.pid}.json` !== name) return null;
  const { pid, sessionId, procStart, status, waitingFor, statusUpdatedAt, kind, cwd } =
    content.data;
  return {
    pid,
    sessionId,
    procStart: procStart ?? null,
    status: status ?? null,
    waitingFor: waitingFor ?? null,
    statusUpdatedAt: statusUpdatedAt ?? null,
    kind: kind ?? null,
    cwd: cwd ?? null,
  };
}

/** A clock may differ by this much between writing a file and our seeing it. */
const PLAUSIBLE_MS = 5_000;

/**
 * When the status began. The file's own time counts where the writer is known to share our clock,
 * or where it is near the moment at which we saw the change; else that moment does.
 */
export function statusBegan(file: SessionFile, seenAt: number, ownProcess: boolean): number {
  const written = file.statusUpdatedAt;
  if (written === null) return seenAt;
  const near = Math.abs(seenAt - written) <= PLAUSIBLE_MS;
  return near || (ownProcess && written < seenAt) ? Math.min(written, seenAt) : seenAt;
}
