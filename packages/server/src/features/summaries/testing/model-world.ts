/** A world whose summaries are made by a model on loopback. */
import { createProviderStub, type ProviderStub } from './provider-stub.ts';
import { openSummaryWorld, type Row, type SummaryWorld } from './summary-world.ts';

/** What a person says, too long to need no model. */
export const LONG = 'Please look at the login test, which fails now and then on the slow machine';
export const KEY = 'sk-stub-key-0123456789abcdef';

export interface ModelWorld extends SummaryWorld {
  readonly stub: ProviderStub;
  /** A person says this, and it is asked for. */
  said(text?: string): Promise<void>;
  /** The one turn that there is. */
  only(): Promise<Row>;
  /** What waits for a time, or for a provider that rests, is due now. */
  hurry(): Promise<void>;
}

export async function openModelWorld(): Promise<ModelWorld> {
  await using stack = new AsyncDisposableStack();
  const stub = stack.use(await createProviderStub());
  const world = stack.use(
    await openSummaryWorld({
      'summaries.provider': 'openai-compatible',
      'summaries.baseUrl': `${stub.url}/v1`,
      'summaries.model': 'claude-haiku-4-5',
      'summaries.apiKey': KEY,
    }),
  );
  const owned = stack.move();
  return {
    ...world,
    stub,
    said: async (text = LONG) => {
      await world.say(['user', text]);
      await world.plan();
    },
    only: async () => {
      const turns = (await world.rows()).filter(({ kind }) => kind === 'turn');
      const [row] = turns;
      if (row === undefined || turns.length > 1) throw new Error(`${turns.length} turns, not one`);
      return row;
    },
    hurry: async () => {
      await world.pool.query(
        `with rests as (delete from inference_pauses)
         update summaries set due_at = now() where state = 'queued'`,
      );
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
