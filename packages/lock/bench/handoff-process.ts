/**
 * The other side of the hand-off: takes the lock each time it is told to, and says when it had it.
 * Arguments: kind of lock, connection string, folder of the peers.
 */
import { lockKind } from './kinds.ts';
import { sharedClock } from './measure.ts';

const [kind = '', url = '', peers = ''] = process.argv.slice(2);
const lock = await lockKind(kind, url, peers);
process.on('message', (message) => {
  if (message === 'end') return void lock.close().then(() => process.exit(0));
  void (async () => {
    const release = await lock.acquire('handoff');
    const at = sharedClock();
    await release();
    process.send?.({ at });
  })();
});
process.send?.('ready');
