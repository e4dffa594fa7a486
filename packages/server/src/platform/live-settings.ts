/**
 * The settings of a running process. Those that the table marks as live follow `config.yaml`; the
 * others stay as they were at the start.
 *
 * `values` reads like plain settings. Who reads a live one when it is needed has the present value;
 * who keeps a copy listens with `onChange`.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  describeSetting,
  SETTING_NAMES,
  type SettingName,
  type Settings,
} from '@headspace/contract';

type Listener = () => void;

export class LiveSettings {
  readonly values: Settings;
  #current: Settings;
  readonly #listeners = new Map<SettingName, Set<Listener>>();

  constructor(start: Settings) {
    this.#current = start;
    const values = {};
    for (const name of SETTING_NAMES) {
      Object.defineProperty(values, name, { enumerable: true, get: () => this.#current[name] });
    }
    this.values = values as Settings;
  }

  get<K extends SettingName>(name: K): Settings[K] {
    return this.#current[name];
  }

  /** Calls the listener after each change, with the new value; returns how to end that. */
  onChange<K extends SettingName>(name: K, listener: (value: Settings[K]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    const call = (): void => listener(this.#current[name]);
    listeners.add(call);
    return () => void listeners.delete(call);
  }

  /** Takes over the new values of live settings; returns the names of those that changed. */
  take(next: Settings): SettingName[] {
    const changed = SETTING_NAMES.filter(
      (name) => describeSetting(name).live && !isDeepStrictEqual(next[name], this.#current[name]),
    );
    const taken = changed.map((name) => [name, next[name]]);
    this.#current = { ...this.#current, ...(Object.fromEntries(taken) as Partial<Settings>) };
    for (const name of changed) for (const call of this.#listeners.get(name) ?? []) call();
    return changed;
  }
}
