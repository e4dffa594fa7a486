/** Gives a recording ids and a project of its own, so that many can play it side by side. */
import { randomUUID } from 'node:crypto';

/** Ids as the recordings have them: made-up UUIDs in three series, and those of tool calls. */
const RECORDED_ID =
  /\b(?:5e551000|9a0c0000|0a0b0000)(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\btoolu_[A-Za-z0-9]+/g;
const RECORDED_PROJECT = 'acme-shop';

export class Identity {
  readonly #project: string;
  readonly #ids = new Map<string, string>();

  constructor(project: string) {
    this.#project = project;
  }

  /** From now on `recorded` stands for `id`. */
  bind(recorded: string, id: string): void {
    this.#ids.set(recorded, id);
  }

  /** A copy of a JSON value with each recorded id replaced, the same one always by the same. */
  rewrite<T>(value: T): T {
    const text = JSON.stringify(value)
      .replaceAll(RECORDED_PROJECT, this.#project)
      .replaceAll(RECORDED_ID, (recorded) => this.#idOf(recorded));
    return JSON.parse(text) as T;
  }

  #idOf(recorded: string): string {
    const known = this.#ids.get(recorded);
    if (known !== undefined) return known;
    const id = recorded.startsWith('toolu_')
      ? `toolu_${randomUUID().replaceAll('-', '').slice(0, 24)}`
      : randomUUID();
    this.bind(recorded, id);
    return id;
  }
}
