/** The settings of this process and what keeps them up with `config.yaml`. */
import { isDeepStrictEqual } from 'node:util';
import { SETTING_NAMES, type Settings } from '@headspace/contract';
import { loadSettings, type SettingsSources } from '@headspace/home';
import type { FastifyPluginAsync } from 'fastify';
import { configRoutes, ConfigSource } from '../features/config-editor/index.ts';
import type { Platform } from '../platform/platform.ts';

export interface ConfigParts {
  readonly source: ConfigSource;
  readonly routes: FastifyPluginAsync;
}

/**
 * @param start values at the start
 * @param sources where they come from besides `config.yaml`; where nobody says that, what is no
 *   default is fixed
 */
export function composeConfig(
  { paths, live, clock, logger }: Platform,
  start: Settings,
  sources: Omit<SettingsSources, 'file'> | undefined,
): ConfigParts {
  const standard = loadSettings({ env: {} });
  const fixed = SETTING_NAMES.filter(
    (name) => sources === undefined && !isDeepStrictEqual(start[name], standard[name]),
  );
  const source = new ConfigSource({
    file: paths.configFile,
    sources: sources ?? { env: {} },
    fixed: Object.fromEntries(fixed.map((name) => [name, start[name]])),
    live,
    clock,
    logger,
  });
  return { source, routes: configRoutes(source) };
}
