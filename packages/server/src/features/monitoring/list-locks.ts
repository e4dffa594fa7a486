/** The advisory locks of this database, with what is known of each. */
import type { AdvisoryLockView } from '@headspace/contract';
import { LockNamespace, type AdvisoryLockRow, type AdvisoryLocks } from '@headspace/lock';
import type { Pool } from 'pg';
import { readLockReports, reportsOf, type LockReport } from './lock-reports.ts';

export interface LockListDeps {
  readonly pool: Pool;
  readonly locks: AdvisoryLocks;
  readonly processId: string;
  /** Names of agents by id; ids that belong to none are left out. */
  readonly agentNames: (ids: readonly number[]) => Promise<ReadonlyMap<number, string>>;
}

/** Two-integer locks only. Throws when the database does not answer: an empty list would be a lie. */
export async function listLocks(deps: LockListDeps): Promise<AdvisoryLockView[]> {
  const [rows, foreign] = await Promise.all([
    deps.locks.heldAdvisoryLocks(),
    readLockReports(deps.pool, deps.processId),
  ]);
  const reports = [...reportsOf(deps.locks.localState(), deps.processId), ...foreign];
  const pairs = rows.filter(isPair);
  const agentIds = pairs.filter(isAgentLock).map((row) => row.entityId);
  const names = await deps.agentNames([...new Set(agentIds)]);
  return pairs.map((row) => lockView(row, reports, names));
}

type PairRow = AdvisoryLockRow & { readonly namespace: number; readonly entityId: number };

const isPair = (row: AdvisoryLockRow): row is PairRow =>
  row.namespace !== null && row.entityId !== null;
const isAgentLock = (row: PairRow): boolean => row.namespace === LockNamespace.AGENT;

function lockView(
  row: PairRow,
  reports: readonly LockReport[],
  names: ReadonlyMap<number, string>,
): AdvisoryLockView {
  const { pid, applicationName, state, namespace, entityId, mode, granted } = row;
  const about = reports.filter(
    (report) => report.namespace === namespace && report.entityId === entityId,
  );
  const holder = about.find((report) => report.backendPid === pid);
  return {
    pid,
    applicationName,
    state,
    queryStart: row.queryStart?.toISOString() ?? null,
    namespace,
    entityId,
    mode,
    granted,
    durationSeconds: row.durationSeconds ?? holder?.heldSeconds ?? null,
    purpose: row.purpose ?? holder?.purpose ?? null,
    agentName: isAgentLock(row) ? (names.get(entityId) ?? null) : null,
    // Waiters of all processes; unknown for a lock that no Headspace process speaks of.
    waiting: about.length === 0 ? null : about.reduce((sum, report) => sum + report.waiting, 0),
  };
}
