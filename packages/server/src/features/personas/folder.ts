/**
 * Personas as they lie on disk: HEADSPACE_HOME/personas/<slug>/ with skill.md, experience.md and
 * guardrails.md, and HEADSPACE_HOME/guardrails.md for all of them. Read only, never under a lock.
 * Nothing that is a link is opened, so no name leads out of the folder.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PERSONA_FILES, type PersonaFile, type PersonaFileName } from '@headspace/contract';
import { GUARDRAILS_LIMIT, isPersonaSlug, type PersonaParts } from '../../domain/persona-text.ts';
import { hasCode } from '../../platform/error-code.ts';

/** Bytes of skill.md and of experience.md. */
export const FILE_LIMIT = 200_000;
/** UTF-8 has three bytes at most for one UTF-16 unit. */
const GUARDRAILS_BYTES = GUARDRAILS_LIMIT * 3;

export interface PersonaFolders {
  /** HEADSPACE_HOME. */
  readonly home: string;
}

export interface PersonaOnDisk {
  readonly slug: string;
  readonly folder: string;
  /** Always all three, in the order of `PERSONA_FILES`. */
  readonly files: readonly PersonaFile[];
  /** Null where it cannot be used. */
  readonly version: string | null;
  readonly problem: string | null;
}

export const personasFolder = ({ home }: PersonaFolders): string => join(home, 'personas');
export const personaFolder = (at: PersonaFolders, slug: string): string =>
  join(personasFolder(at), slug);
export const personaFile = (at: PersonaFolders, slug: string, name: PersonaFileName): string =>
  join(personaFolder(at, slug), name);
export const guardrailsFile = ({ home }: PersonaFolders): string => join(home, 'guardrails.md');

/** The slugs of all folders whose name is one. */
export async function listPersonas(at: PersonaFolders): Promise<string[]> {
  try {
    const entries = await readdir(personasFolder(at), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && isPersonaSlug(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Undefined where there is no such folder. A slug that is none is no folder. */
export async function readPersona(
  at: PersonaFolders,
  slug: string,
): Promise<PersonaOnDisk | undefined> {
  if (!isPersonaSlug(slug)) return undefined;
  const folder = personaFolder(at, slug);
  const kind = await kindOf(folder);
  if (kind === 'missing') return undefined;
  if (kind !== 'folder') {
    const problem = `${folder} is no folder: put a folder there, not a link`;
    return { slug, folder, files: [], version: null, problem };
  }
  const files = await Promise.all(
    PERSONA_FILES.map(async (name) => readPersonaFile(join(folder, name), name)),
  );
  const problem = problemOf(files, folder);
  return { slug, folder, files, problem, version: problem === null ? versionOf(files) : null };
}

/** HEADSPACE_HOME/guardrails.md. */
export async function readGuardrails(at: PersonaFolders): Promise<PersonaFile> {
  return readPersonaFile(guardrailsFile(at), 'guardrails.md');
}

/** What an agent is given: null for the persona gives the machine's guardrails alone. */
export type Gathered =
  | { readonly kind: 'parts'; readonly parts: PersonaParts; readonly guarded: boolean }
  | { readonly kind: 'unusable'; readonly problem: string };

/** Reads everything that goes into the text. `guarded`: there are guardrails in it. */
export async function gatherPersona(at: PersonaFolders, slug: string | null): Promise<Gathered> {
  const machine = await readGuardrails(at);
  if (machine.problem !== null) return { kind: 'unusable', problem: machine.problem };
  const persona = slug === null ? null : await readPersona(at, slug);
  if (persona === undefined) {
    const problem = `there is no persona "${slug}" in ${personasFolder(at)}`;
    return { kind: 'unusable', problem };
  }
  if (persona !== null && persona.problem !== null) {
    return { kind: 'unusable', problem: persona.problem };
  }
  const text = (name: PersonaFileName): string | null => {
    const content = persona?.files.find((file) => file.name === name)?.content?.trim() ?? '';
    return content === '' ? null : content;
  };
  const part = (name: PersonaFileName): PersonaParts['skill'] => {
    const found = text(name);
    if (found === null || slug === null) return null;
    return { text: found, path: personaFile(at, slug, name) };
  };
  const machineText = machine.content?.trim() ?? '';
  const parts: PersonaParts = {
    slug,
    version: persona?.version ?? versionOf([machine]),
    guardrailsVersion: machineText === '' ? null : versionOf([machine]),
    machineGuardrails: machineText === '' ? null : machineText,
    guardrails: text('guardrails.md'),
    skill: part('skill.md'),
    experience: part('experience.md'),
  };
  const guarded = parts.machineGuardrails !== null || parts.guardrails !== null;
  return { kind: 'parts', parts, guarded };
}

/** One file with its problem instead of an error: a broken one is shown beside the others. */
export async function readPersonaFile(path: string, name: string): Promise<PersonaFile> {
  const guardrails = name === 'guardrails.md';
  const limit = guardrails ? GUARDRAILS_BYTES : FILE_LIMIT;
  const read = await readText(path, limit);
  if (read.kind === 'missing') {
    return { name, content: null, etag: etagOf(undefined), bytes: 0, problem: null };
  }
  if (read.kind === 'refused') {
    const problem = `${path} ${read.why}`;
    return { name, content: null, etag: '"unreadable"', bytes: read.bytes, problem };
  }
  const { bytes } = read;
  const shown = { name, etag: etagOf(bytes), bytes: bytes.length };
  try {
    const content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const problem = guardrails ? tooLong(content, path) : null;
    return { ...shown, content, problem };
  } catch {
    return { ...shown, content: null, problem: `${path} is not UTF-8 text: save it as UTF-8` };
  }
}

/** Why the content of this file is not taken, in words for its writer; null where it is. */
export function contentProblem(name: PersonaFileName, content: string): string | null {
  if (!content.isWellFormed()) return 'is not well-formed Unicode';
  if (name === 'guardrails.md') return tooLong(content, 'it');
  const bytes = Buffer.byteLength(content);
  if (bytes > FILE_LIMIT) return `has ${bytes} bytes, more than ${FILE_LIMIT}: shorten it`;
  return name === 'skill.md' && content.trim() === '' ? 'is empty: say what it can do' : null;
}

function tooLong(content: string, what: string): string | null {
  if (content.length <= GUARDRAILS_LIMIT) return null;
  return `${what} has ${content.length} characters, more than the ${GUARDRAILS_LIMIT} of guardrails: shorten it`;
}

type ReadText =
  | { kind: 'text'; bytes: Buffer }
  | { kind: 'missing' }
  | { kind: 'refused'; why: string; bytes: number };

async function readText(path: string, limit: number): Promise<ReadText> {
  try {
    // NONBLOCK: opening a pipe would wait for its writer for ever.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using handle = await open(path, flags);
    const { size, isRegular } = await handle
      .stat()
      .then((stats) => ({ size: stats.size, isRegular: stats.isFile() }));
    if (!isRegular) return { kind: 'refused', why: 'is no regular file', bytes: 0 };
    const why = `has ${size} bytes, more than ${limit}: shorten it`;
    if (size > limit) return { kind: 'refused', why, bytes: size };
    return { kind: 'text', bytes: await handle.readFile() };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { kind: 'missing' };
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') {
      return { kind: 'refused', why: 'is a link: put the file itself there', bytes: 0 };
    }
    if (code === undefined) throw error;
    return { kind: 'refused', why: `cannot be read (${code})`, bytes: 0 };
  }
}

async function kindOf(path: string): Promise<'missing' | 'folder' | 'other'> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'missing';
    throw error;
  }
}

function problemOf(files: readonly PersonaFile[], folder: string): string | null {
  const broken = files.find(({ problem }) => problem !== null);
  if (broken !== undefined) return broken.problem;
  const skill = files.find(({ name }) => name === 'skill.md')?.content?.trim() ?? '';
  return skill === '' ? `${join(folder, 'skill.md')} is missing or empty: write it` : null;
}

/** Of the contents under their names; what is not there counts too. 16 hexadecimal digits. */
function versionOf(files: readonly PersonaFile[]): string {
  const hash = createHash('sha256');
  for (const { name, content } of files) hash.update(JSON.stringify([name, content]));
  return hash.digest('hex').slice(0, 16);
}

/** As `packages/home` makes it for the files it writes. */
function etagOf(bytes: Buffer | undefined): string {
  if (bytes === undefined) return '"none"';
  return `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
}
