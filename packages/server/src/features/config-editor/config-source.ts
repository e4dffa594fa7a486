/**
 * What flags, environment and `config.yaml` say, kept up with the file. A file with a mistake is not
 * taken over: the values from before stay, and the mistake is shown until it is gone.
 */
import type { ConfigProblem, SettingName, Settings } from '@headspace/contract';
import {
  decodeLoosely,
  readConfigText,
  resolveSettings,
  settingsOf,
  type ConfigText,
  type ResolvedSetting,
  type ResolvedSettings,
  type SettingsSources,
} from '@headspace/home';
import type { Clock } from '../../platform/clock.ts';
import type { LiveSettings } from '../../platform/live-settings.ts';
import type { Logger } from '../../platform/log.ts';

export interface ConfigSourceOptions {
  /** Path of `config.yaml`, there or not. */
  readonly file: string;
  readonly sources: Omit<SettingsSources, 'file'>;
  /** Values that nothing changes: given in code, before flags. */
  readonly fixed: Partial<Settings>;
  readonly live: LiveSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ConfigState {
  readonly text: ConfigText;
  /** What counts: of a file with mistakes the one before it. */
  readonly rows: readonly ResolvedSetting[];
  /** Of the file as it is. */
  readonly fileRows: readonly ResolvedSetting[];
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** A file that is being written by an editor is whole after this. */
const SETTLE_MS = 100;

export class ConfigSource {
  readonly options: ConfigSourceOptions;
  #state: ConfigState;

  /** Reads the file, which can have changed since the start read it. */
  constructor(options: ConfigSourceOptions) {
    this.options = options;
    const text = readConfigText(options.file);
    const resolved = this.#resolve(text);
    this.#state = { text, fileRows: resolved.rows, ...resolved };
    this.take(text);
  }

  get state(): ConfigState {
    return this.#state;
  }

  /** Looks whether the file was changed by hand, and takes it over once it stays as it is. */
  async check(signal?: AbortSignal): Promise<void> {
    const { file, clock } = this.options;
    const seen = readConfigText(file);
    if (seen.etag === this.#state.text.etag) return;
    await clock.sleep(SETTLE_MS, signal);
    const now = readConfigText(file);
    if (now.etag === seen.etag) this.take(now);
  }

  /** Takes this content over; returns the names of the settings whose value changed at once. */
  take(text: ConfigText): SettingName[] {
    const { rows, problems, warnings } = this.#resolve(text);
    const counts = problems.length === 0 ? rows : this.#state.rows;
    this.#state = { text, rows: counts, fileRows: rows, problems, warnings };
    this.#report();
    if (problems.length > 0) return [];
    const { live, logger } = this.options;
    const changed = live.take(settingsOf({ rows }));
    if (changed.length > 0) logger.info({ settings: changed }, 'settings changed');
    return changed;
  }

  #resolve(text: ConfigText): ResolvedSettings {
    const { file, sources, fixed } = this.options;
    const resolved = resolveSettings({
      ...sources,
      file: text.bytes && { path: file, text: decodeLoosely(text) },
    });
    const rows = resolved.rows.map((row) => {
      if (!Object.hasOwn(fixed, row.name)) return row;
      const value = fixed[row.name] ?? null;
      return { ...row, value, source: 'flag' as const, origin: null };
    });
    return { ...resolved, rows };
  }

  /** What is wrong goes to the log once, when it comes. */
  #report(): void {
    const { logger } = this.options;
    const { problems, warnings } = this.#state;
    const say = ({ path, reason }: ConfigProblem): string => `${path}: ${reason}`;
    if (problems.length > 0) {
      logger.error(
        { problems: problems.map(say) },
        'config.yaml is not taken over until this is corrected; the values from before stay',
      );
    }
    if (warnings.length > 0) {
      logger.warn({ warnings: warnings.map(say) }, 'config.yaml has parts that do not count');
    }
  }
}
