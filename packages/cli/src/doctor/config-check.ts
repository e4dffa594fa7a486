/** What doctor and status say about the settings. */
import { ConfigView } from '@headspace/contract';
import { request } from '../api.ts';
import { sentence } from '../commands/config-validate.ts';
import type { Site, SiteDespiteFile } from '../context.ts';
import { failed, ok, warning, type Check } from './check.ts';

/** The settings as the server sees them; undefined where it does not tell. Throws CliError. */
export async function serverConfig(site: Site): Promise<ConfigView | undefined> {
  const response = await request(site, '/api/config');
  if (!response.ok) return undefined;
  return ConfigView.safeParse(await response.json().catch(() => undefined)).data;
}

/** The file as it is, and what a running server makes of it. */
export function checkConfig(local: SiteDespiteFile, server: ConfigView | undefined): Check {
  const name = 'settings';
  const problem = server?.problems[0] ?? local.problems[0];
  if (problem) {
    const cure = 'Run `headspace config edit`; until then the values from before count.';
    return failed(name, sentence(problem), cure);
  }
  const waiting = server?.restartNeeded ?? [];
  if (waiting.length > 0) {
    return warning(name, `changed since the start: ${waiting.join(', ')}`, 'Restart the server.');
  }
  const unknown = server?.warnings[0] ?? local.warnings[0];
  if (unknown) return warning(name, sentence(unknown), 'Correct it with `headspace config edit`.');
  return ok(name, local.site.paths.configFile);
}
