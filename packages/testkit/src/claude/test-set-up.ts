import { createClaude, type Claude } from './claude-home.ts';
import { createHookRecorder, type HookRecorder } from './hook-recorder.ts';
import type { ClaudeInstall } from './install.ts';
import { createModelStub, type ModelStub } from './model-stub.ts';

export interface SetUp extends AsyncDisposable {
  readonly model: ModelStub;
  readonly hooks: HookRecorder;
  readonly claude: Claude;
}

/** The real CLI, its model and a receiver of the given hooks, for the tests of the harness itself. */
export async function setUp(
  install: ClaudeInstall,
  { events, trusted = true }: { readonly events: readonly string[]; readonly trusted?: boolean },
): Promise<SetUp> {
  if (!install.ok) throw new Error(install.reason);
  const resources = new AsyncDisposableStack();
  const model = resources.use(await createModelStub());
  const hooks = resources.use(await createHookRecorder());
  const settings = hooks.settings(...events);
  const { binary } = install;
  const claude = resources.use(
    await createClaude({ binary, modelUrl: model.url, settings, trusted }),
  );
  return { model, hooks, claude, [Symbol.asyncDispose]: async () => resources.disposeAsync() };
}
