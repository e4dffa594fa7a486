/**
 * Recognises the process behind a hook in this host's process table. An agent sends many hooks in
 * a second; one look a second at each process is enough, for the watch of processes sees their end.
 */
import type { HooksContext } from './context.ts';
import type { ClaimedProcess, Identity } from './envelope.ts';

const FRESH_MS = 1_000;
const LIMIT = 5_000;

export function createIdentify(
  context: HooksContext,
  now: () => number,
): (claimed: ClaimedProcess) => Identity {
  const known = new Map<string, { at: number; identity: Identity }>();
  return (claimed) => {
    const key = `${claimed.pid} ${claimed.procStart ?? ''} ${claimed.namespace ?? ''}`;
    const at = now();
    const seen = known.get(key);
    if (seen !== undefined && at >= seen.at && at - seen.at < FRESH_MS) return seen.identity;
    const identity = identify(context, claimed);
    if (known.size >= LIMIT) known.clear();
    known.set(key, { at, identity });
    return identity;
  };
}

function identify(
  { processes, pidNamespace }: HooksContext,
  { pid, procStart, namespace }: ClaimedProcess,
): Identity {
  const comparable = namespace !== null && pidNamespace !== null;
  if (comparable && namespace !== pidNamespace) return null;
  if (processes.presence(pid, procStart) === 'alive') {
    return { procStart: procStart ?? processes.procStart(pid), seenIn: pidNamespace };
  }
  // An event from the spool can outlive its process.
  return comparable && procStart !== null ? { procStart, seenIn: pidNamespace } : null;
}
