/** The settings as the API shows them. Secrets go in and never come out. */
import { isDeepStrictEqual } from 'node:util';
import {
  describeSetting,
  settingValue,
  type ConfigView,
  type SettingView,
} from '@headspace/contract';
import { flagName, type ResolvedSetting } from '@headspace/home';
import type { ConfigSource } from './config-source.ts';

export function configView(source: ConfigSource): ConfigView {
  const { text, rows, fileRows, problems, warnings } = source.state;
  const settings = rows.map((row, i) => settingView(source, row, fileRows[i] ?? row));
  return {
    file: source.options.file,
    exists: text.bytes !== undefined,
    etag: text.etag,
    settings,
    problems: [...problems],
    warnings: [...warnings],
    restartNeeded: settings.filter((one) => one.restartNeeded).map((one) => one.name),
  };
}

function settingView(
  { options }: ConfigSource,
  row: ResolvedSetting,
  inFile: ResolvedSetting,
): SettingView {
  const { options: choices, variables, ...described } = describeSetting(row.name);
  const running = settingValue(options.live.get(row.name));
  const shown = <T>(value: T): T | null => (described.secret ? null : value);
  return {
    ...described,
    options: [...choices],
    variables: [...variables],
    flag: flagName(row.name),
    value: shown(row.value),
    isSet: row.value !== null,
    source: row.source,
    origin: row.origin,
    inFile: inFile.inFile,
    fileValue: shown(inFile.fileValue),
    running: shown(running),
    restartNeeded: !described.live && !isDeepStrictEqual(row.value, running),
  };
}
