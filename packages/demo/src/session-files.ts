/** Claude Code's session files, `<config>/sessions/<pid>.json`, as the recording had them. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RegistryFile } from '@headspace/testkit/recordings';

/** The files of one process. */
export class SessionFiles {
  readonly #folder: string;
  readonly #pid: number;
  readonly #procStart: string;
  #status = '';
  #statusUpdatedAt = 0;

  constructor(claudeFolder: string, pid: number, procStart: string) {
    this.#folder = path.join(claudeFolder, 'sessions');
    this.#pid = pid;
    this.#procStart = procStart;
  }

  /** Makes the folder hold this content of the process's file; none: removes it. */
  async write([content]: readonly RegistryFile[]): Promise<void> {
    const file = path.join(this.#folder, `${String(this.#pid)}.json`);
    if (content === undefined) return await rm(file, { force: true });
    const now = Date.now();
    const status = `${String(content['status'])} ${String(content['waitingFor'])}`;
    if (status !== this.#status) this.#statusUpdatedAt = now;
    this.#status = status;
    await mkdir(this.#folder, { recursive: true });
    const text = JSON.stringify({
      ...content,
      pid: this.#pid,
      procStart: this.#procStart,
      updatedAt: now,
      statusUpdatedAt: this.#statusUpdatedAt,
    });
    // In one step: who watches the folder never reads half of it.
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
}
