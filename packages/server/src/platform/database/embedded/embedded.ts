/**
 * The PostgreSQL that `npm start` brings along.
 *
 *   any number of server processes ──one session each──► one PostgreSQL on one data folder
 *
 * PostgreSQL is detached: it outlives a killed server process, and the next start takes it over.
 * Whoever finds that it is gone starts it again; PostgreSQL's own lock on its data folder lets one
 * of them succeed and the others use that one. The last process to stop in order stops it.
 */
import { serviceAccount } from './account.ts';
import { usableBinaries } from './binaries.ts';
import { enter, type EmbeddedContext } from './enter.ts';
import type { EmbeddedEvent } from './events.ts';
import { embeddedLocation, prepareHome, type EmbeddedLocation } from './location.ts';
import { applicationUrl } from './membership.ts';
import { prepareCluster } from './prepare.ts';
import { EMBEDDED_SETTINGS } from './settings.ts';
import { supervise } from './supervise.ts';

export interface EmbeddedOptions {
  /** HEADSPACE_HOME; created when missing. */
  readonly home: string;
  readonly onEvent?: (event: EmbeddedEvent) => void;
  /** Instead of /var/lib/headspace, for tests. */
  readonly stateFolder?: string;
  /** Server settings beside EMBEDDED_SETTINGS, for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Connection address; stays the same over restarts of PostgreSQL. */
  readonly url: string;
  readonly location: EmbeddedLocation;
  /** Ends the supervision. Stops PostgreSQL unless another process uses it. End the pools first. */
  stop(): Promise<void>;
}

/** Starts PostgreSQL, or takes over the one that runs on this home's data. Throws StartError. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const emit = options.onEvent ?? (() => undefined);
  const account = await serviceAccount();
  const home = await prepareHome(options.home);
  const { stateFolder } = options;
  const location = await embeddedLocation(home, { account, stateFolder });
  const cluster = { dataDir: location.dataDir, account, binaries: await usableBinaries(account) };
  const { credentials, created } = await prepareCluster(location, cluster);
  if (created) emit({ kind: 'created', dataDir: location.dataDir });

  const settings = { ...EMBEDDED_SETTINGS, ...options.settings };
  const context: EmbeddedContext = { cluster, location, credentials, settings, emit };
  const first = await enter(context);
  return {
    url: applicationUrl(first.port, credentials),
    location,
    stop: supervise(context, first),
  };
}
