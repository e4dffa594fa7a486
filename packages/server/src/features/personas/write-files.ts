/**
 * Changes of personas' files: each is read, changed and replaced inside one kernel file lock, by
 * the same code that changes config.yaml. Nothing that is a link is written.
 */
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { NewPersonaRequest, PersonaFileName } from '@headspace/contract';
import {
  ConfigBusyError,
  type ConfigText,
  decode,
  systemCode,
  updateConfigFile,
} from '@headspace/home';
import { hasLearning, learningLine } from '../../domain/persona-text.ts';
import { hasCode } from '../../platform/error-code.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import {
  contentProblem,
  personaFile,
  personaFolder,
  type PersonaFolders,
  personasFolder,
} from './folder.ts';

/** Where a file is, and by which rules its content goes. */
export interface FileTarget {
  readonly path: string;
  readonly name: PersonaFileName;
}

/**
 * Puts `content` in the place of the file's content.
 * @throws HeadspaceError invalid_payload, file_changed where `matches` refuses what is there, file_not_writable
 */
export async function putFile(
  { path, name }: FileTarget,
  content: string,
  matches: ((etag: string) => boolean) | undefined,
): Promise<void> {
  assertContent(name, content, 'content');
  await change(path, (current) => {
    if (matches !== undefined && !matches(current.etag)) {
      throw new HeadspaceError('file_changed', `${name} has the tag ${current.etag} now.`);
    }
    return content;
  });
}

/** A folder with its files, all of it or nothing. @throws HeadspaceError persona_exists, invalid_payload */
export async function createPersona(at: PersonaFolders, request: NewPersonaRequest): Promise<void> {
  const { slug, skill, experience, guardrails } = request;
  const files = [
    ['skill.md', skill, 'skill'],
    ['experience.md', experience, 'experience'],
    ['guardrails.md', guardrails, 'guardrails'],
  ] as const;
  for (const [name, content, field] of files) {
    if (content !== undefined) assertContent(name, content, field);
  }
  const folder = personaFolder(at, slug);
  const draft = join(personasFolder(at), `.${slug}.${randomBytes(6).toString('hex')}`);
  await writable(folder, async () => {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    try {
      for (const [name, content] of files) {
        if (content !== undefined)
          await writeFile(join(draft, name), content, { mode: 0o600, flush: true });
      }
      // Onto a folder that has something in it a rename fails: nothing is ever replaced.
      if (await exists(folder)) throw personaExists(slug);
      await rename(draft, folder);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw personaExists(slug);
      throw error;
    }
  });
}

/**
 * Adds an accepted learning at the end of experience.md, unless it is there already.
 * @throws HeadspaceError persona_unusable where the file would be too long, file_not_writable
 */
export async function appendLearning(
  at: PersonaFolders,
  { id, persona, text }: { id: number; persona: string; text: string },
): Promise<void> {
  await change(personaFile(at, persona, 'experience.md'), (current) => {
    const before = decode(current);
    if (hasLearning(before, id)) return null;
    const start = before === '' || before.endsWith('\n') ? before : `${before}\n`;
    const after = `${start}${learningLine({ id, text })}\n`;
    const problem = contentProblem('experience.md', after);
    if (problem !== null) {
      throw new HeadspaceError('persona_unusable', `experience.md of ${persona} ${problem}.`);
    }
    return after;
  });
}

function assertContent(name: PersonaFileName, content: string, field: string): void {
  const message = contentProblem(name, content);
  if (message === null) return;
  throw new HeadspaceError('invalid_payload', `${name} ${message}.`, {
    errors: [{ path: field, message }],
  });
}

async function change(path: string, edit: (current: ConfigText) => string | null): Promise<void> {
  await writable(path, async () => {
    for (const part of [dirname(path), path]) {
      if (await isLink(part)) {
        throw new HeadspaceError('file_not_writable', `${part} is a link, and is not written.`);
      }
    }
    await updateConfigFile({ path, edit });
  });
}

/** With what the file system says as an error for the caller. */
async function writable(path: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (cause) {
    if (cause instanceof HeadspaceError) throw cause;
    if (cause instanceof ConfigBusyError) {
      throw new HeadspaceError('conflict', `Others are changing ${path} all the time.`, { cause });
    }
    const code = systemCode(cause);
    if (code === undefined) throw cause;
    throw new HeadspaceError('file_not_writable', `${path} cannot be written (${code}).`, {
      cause,
    });
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (info) => info.isSymbolicLink(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function personaExists(slug: string): HeadspaceError {
  return new HeadspaceError('persona_exists', `There is a persona ${slug} already.`);
}
