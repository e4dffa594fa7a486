/** Changes settings in `config.yaml` and takes them over in this process. */
import type { ConfigProblem, SettingName, Settings } from '@headspace/contract';
import {
  ConfigBusyError,
  patchConfig,
  readConfigText,
  systemCode,
  type PatchOutcome,
} from '@headspace/home';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { ConfigSource } from './config-source.ts';

/**
 * For routes that are a switch of their own. Throws HeadspaceError where the file cannot be changed,
 * and `conflict` where a flag or a variable goes before it.
 */
export async function changeSettings(
  source: ConfigSource,
  changes: Partial<Settings>,
): Promise<void> {
  const outcome = await patch(source, changes, undefined);
  if ('problems' in outcome) throw problem(outcome.kind, outcome.problems);
  const { file, live } = source.options;
  source.take(readConfigText(file));
  for (const [name, value] of Object.entries(changes)) {
    if (live.get(name as SettingName) === value) continue;
    throw new HeadspaceError(
      'conflict',
      `${name} is set by a flag or an environment variable, which go before config.yaml.`,
    );
  }
}

export async function patch(
  source: ConfigSource,
  changes: Readonly<Record<string, unknown>>,
  matches: ((etag: string) => boolean) | undefined,
): Promise<PatchOutcome> {
  const path = source.options.file;
  try {
    return await patchConfig({ path, changes, ...(matches === undefined ? {} : { matches }) });
  } catch (cause) {
    if (cause instanceof ConfigBusyError)
      throw new HeadspaceError('config_busy', undefined, { cause });
    const code = systemCode(cause);
    if (code === undefined) throw cause;
    const reason = cause instanceof Error ? cause.message : code;
    throw new HeadspaceError('config_not_writable', `${path}: ${reason}`, { cause });
  }
}

export function problem(
  kind: 'invalid' | 'unreadable',
  problems: readonly ConfigProblem[],
): HeadspaceError {
  const errors = problems.map(({ path, reason }) => ({ path, message: reason }));
  return new HeadspaceError(kind === 'invalid' ? 'invalid_payload' : 'config_broken', undefined, {
    errors,
  });
}
