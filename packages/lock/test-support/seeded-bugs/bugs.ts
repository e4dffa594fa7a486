/**
 * Bugs to be found: each is one change to the source. The simulation, or the named test, must fail
 * with it. `find` must occur exactly once.
 */
export interface SeededBug {
  readonly name: string;
  /** Below packages/lock. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** A test file that must fail, where the model cannot know. */
  readonly test?: string;
}

const MACHINE = 'src/queue/key-machine.ts';
const ASK = 'src/queue/ask-server.ts';
const TABLE = 'src/queue/lock-table.ts';
const SESSION = 'src/session/session.ts';
const PLAIN = 'src/session/plain-batch.ts';

export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: 'show no interest before waiting',
    file: ASK,
    find: 'const showInterest = queue.contended && queue.interestOn === null;',
    replace: 'const showInterest = false;',
    test: 'src/remote-wait.pg.test.ts',
  },
  {
    name: 'forget to notify after a release in a batch',
    file: MACHINE,
    find: 'if (wanted && !announced) this.#parts.control.notify(queue.key.interest);\n      if (wanted) this.#standBack',
    replace: 'if (wanted) this.#standBack',
  },
  {
    name: 'do not look for interest when releasing alone',
    file: 'src/session/mixed-batch.ts',
    find: 'column(ops, ({ ask }) => ask.unlock !== null || ask.hideIntent),',
    replace: 'column(ops, () => false),',
  },
  {
    name: 'ignore a notification that overtakes the refusal',
    file: MACHINE,
    find: 'queue.interestOn === null || queue.signalled || plain)',
    replace: 'queue.interestOn === null || plain)',
  },
  {
    name: 'take the token of a batch before its last grant',
    file: 'src/session/statements.ts',
    find: ' from (select count(*) from asked) c`',
    replace: '`',
    test: 'src/batch-token.pg.test.ts',
  },
  {
    name: 'no slow re-check',
    file: 'src/queue/remote-waits.ts',
    find: 'else this.wakeAll();',
    replace: 'else this.#queues.size;',
  },
  {
    name: 'no look at the keys when listening begins',
    file: TABLE,
    find: 'onListening: () => this.#remote.wakeAll(),',
    replace: 'onListening: () => {},',
  },
  {
    name: 'keep showing interest when nobody waits any more',
    file: MACHINE,
    find: 'if (shownOn !== null) void this.#hide(queue, shownOn, true);',
    replace: 'if (shownOn !== null && queue.failures > 9) void this.#hide(queue, shownOn, true);',
  },
  {
    name: 'hide interest twice',
    file: MACHINE,
    find: 'if (hideInterest) queue.interestOn = null;',
    replace: '',
  },
  {
    name: 'a grant that nobody wants is kept',
    file: MACHINE,
    find: 'else this.#sendRelease(queue, hold).catch(() => {});',
    replace: '',
  },
  {
    name: 'a waiter that gave up stays in the queue',
    file: TABLE,
    find: 'queue.requests.splice(index, 1);',
    replace: '',
  },
  {
    name: 'last in, first out',
    file: TABLE,
    find: 'queue.requests.push(request);',
    replace: 'queue.requests.unshift(request);',
  },
  {
    name: 'hand over without a new token',
    file: MACHINE,
    find: 'token: hold.baseToken + BigInt(hold.handOvers),',
    replace: 'token: hold.baseToken,',
  },
  {
    name: 'hand over without end',
    file: MACHINE,
    find: 'hold.handOvers < maxHandOvers &&',
    replace: '',
    test: 'src/remote-wait.pg.test.ts',
  },
  {
    name: 'shared callers join an exclusive holder',
    file: 'src/queue/key-queue.ts',
    find: "if (hold.mode === 'shared') return hold;",
    replace: 'return hold;',
  },
  {
    name: 'an exclusive caller joins shared holders',
    file: MACHINE,
    find: 'if (hold === null || !head.options.shared) return',
    replace: 'if (hold === null) return',
  },
  {
    name: 'the first shared holder that ends releases for all',
    file: MACHINE,
    find: '} else if (hold.holders.size === 0) {',
    replace: '} else {',
  },
  {
    name: 'shared holders do not stand back for an exclusive one elsewhere',
    file: ASK,
    find: 'defer: head.options.shared && head.waitMs < SHARED_PATIENCE_MS,',
    replace: 'defer: false,',
    test: 'src/fairness.test.ts',
  },
  {
    name: 'shared holders stand back for ever',
    file: ASK,
    find: 'defer: head.options.shared && head.waitMs < SHARED_PATIENCE_MS,',
    replace: 'defer: head.options.shared,',
    test: 'src/fairness.test.ts',
  },
  {
    name: 'the intent of an exclusive caller that gave up stays',
    file: MACHINE,
    find: 'if (intent !== null && queue.requests.every((each) => each.options.shared))',
    replace: 'if (intent !== null && queue.requests.length > 1_000_000)',
    test: 'src/fairness.test.ts',
  },
  {
    name: 'a slot that is held here is asked for again',
    file: ASK,
    find: '!ours.has(slot)',
    replace: 'slot',
  },
  {
    name: 'a refused key of a plain batch counts as granted',
    file: PLAIN,
    find: 'letter === YES ? granted : REFUSED',
    replace: 'letter === NO ? granted : granted',
  },
  {
    name: 'a plain batch does not tell of who waits',
    file: PLAIN,
    find: 'letter === WANTED_BY_OTHERS ? WANTED : NOT_HELD',
    replace: 'letter === WANTED_BY_OTHERS ? RELEASED : NOT_HELD',
    test: 'src/remote-wait.pg.test.ts',
  },
  {
    name: 'a plain batch ignores unlock = false',
    file: PLAIN,
    find: 'letter === WANTED_BY_OTHERS ? WANTED : NOT_HELD',
    replace: 'letter === WANTED_BY_OTHERS ? WANTED : RELEASED',
    test: 'src/faults.pg.test.ts',
  },
  {
    name: 'a plain batch takes requests of every kind',
    file: 'src/session/batches.ts',
    find: 'formOf(op) === form ?',
    replace: 'true ?',
  },
  {
    name: 'ignore unlock = false',
    file: 'src/session/mixed-batch.ts',
    find: "unlocked: unlocked !== 'f',",
    replace: 'unlocked: true,',
    test: 'src/faults.pg.test.ts',
  },
  {
    name: 'no reading back after a failed statement',
    file: SESSION,
    find: 'await this.#putRight(error instanceof Error ? error : new Error(messageOf(error)));',
    replace: '',
  },
  {
    name: 'give back only half of what is unknown',
    file: 'src/session/reconcile.ts',
    find: 'const unknown = holdings.filter((holding) => !isKnown(holding, book));',
    replace: 'const unknown = holdings.filter((holding) => !isKnown(holding, book)).slice(1);',
  },
  {
    name: 'after a failed release the lock counts as held',
    file: SESSION,
    find: 'for (const { key, ask } of ops) this.book.release(key, ask);',
    replace: '',
  },
  {
    name: 'the lease counts from the answer, not from the question',
    file: SESSION,
    find: '      this.#lease?.renew(sentAt);\n      return this.#lost',
    replace:
      '      this.#lease?.renew(this.#settings.runtime.now() + 200);\n      return this.#lost',
  },
  {
    name: 'no deadline of the lease',
    file: 'src/session/lease.ts',
    find: 'return this.#ended ? 0 : this.#renewedAt',
    replace: 'return this.#ended ? 0 : 1e6 + this.#renewedAt',
  },
  {
    name: 'no heartbeat',
    file: 'src/session/lease.ts',
    find: 'this.#options.onHeartbeatDue();',
    replace: '',
    test: 'src/lease.pg.test.ts',
  },
  {
    name: 'holders are not told of a lost session',
    file: MACHINE,
    find: 'if (hold.session === session) this.loseHold(queue, hold, error);',
    replace: '',
  },
  {
    name: 'waiters of a lost session stay with it',
    file: MACHINE,
    find: 'if (queue.interestOn === session) queue.interestOn = null;',
    replace: '',
  },
  {
    name: 'no epoch when a session opens',
    file: 'src/session/fence.ts',
    find: 'const EPOCH_STEPS = 2n ** 20n;',
    replace: 'const EPOCH_STEPS = 0n;',
    test: 'src/fencing.pg.test.ts',
  },
  {
    name: 'a transaction pooler is not tested for',
    file: 'src/session/connection.ts',
    find: 'await refuseTransactionPooler(client, config, pid);',
    replace: '',
    test: 'src/session/pooler.pg.test.ts',
  },
  {
    name: 'deadlocks are not searched for',
    file: TABLE,
    find: 'this.#refuseDeadlock(request);',
    replace: '',
    test: 'src/queue/wait-graph.pg.test.ts',
  },
];
