/**
 * A process that does with the embedded PostgreSQL what the server does: starts it, prints each
 * event and then its address as JSON lines, and stops it on SIGTERM.
 * Arguments: the home, and the folder to use instead of /var/lib/headspace.
 */
import { startEmbedded } from '../embedded.ts';

const [home, stateFolder] = process.argv.slice(2);
if (home === undefined || stateFolder === undefined) throw new Error('usage: HOME STATE_FOLDER');

const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const postgres = await startEmbedded({ home, stateFolder, onEvent: print });
// Before the word that it is ready, for the signal may follow at once.
process.once('SIGTERM', () => {
  void postgres.stop().then(() => process.exit(0));
});
print({ kind: 'ready', url: postgres.url });
