/**
 * The text that makes an agent a persona: guardrails first, then who it is, what it can do and what
 * it has learned. Pure.
 */

import { PersonaSlug } from '@headspace/contract';
import { storable } from './display.ts';

/** What is read from disk of a persona, and of the machine. Texts are trimmed and not empty. */
export interface PersonaParts {
  /** Null where only guardrails are given. */
  slug: string | null;
  /** Hash over its files; where there is no persona, over the machine's guardrails. */
  version: string;
  /** Hash of the machine's guardrails; null where there are none. */
  guardrailsVersion: string | null;
  /** Of the machine, for all agents; null where there are none. */
  machineGuardrails: string | null;
  guardrails: string | null;
  skill: Part | null;
  experience: Part | null;
}

export interface Part {
  text: string;
  /** Where it can be read as a file. */
  path: string;
}

/** A name that is one folder, and nothing else, on every file system. */
export function isPersonaSlug(text: string): boolean {
  return PersonaSlug.safeParse(text).success;
}

/**
 * Characters (UTF-16 units) that the client takes of a hook's additional context. Measured on
 * 2.1.197 and documented ("capped at 10,000 characters", https://code.claude.com/docs/en/hooks):
 * above it the model gets the first two kilobytes and the name of a file.
 */
export const ANSWER_LIMIT = 10_000;
/** Guardrails always stand in the text itself, so both of them fit below that limit. */
export const GUARDRAILS_LIMIT = 4_000;

/** The words by which an agent proposes a learning; see `learningsIn`. */
const LEARNING = /^[ \t]*(?:[-*] )?\**Learning:\**[ \t]*(\S.*)$/gim;
const LEARNING_LENGTH = 500;
const LEARNINGS = 5;

/**
 * The whole text, with `token` in its first line. Above `limit` characters the longest of skill and
 * experience gives way to the name of its file, then the other one.
 */
export function personaText(parts: PersonaParts, token: string, limit = Infinity): string {
  const whole = render(parts, token, () => false);
  if (whole.length <= limit) return whole;
  const skillIsLonger = (parts.skill?.text.length ?? 0) >= (parts.experience?.text.length ?? 0);
  const shorter = render(parts, token, (part) => part === (skillIsLonger ? 'skill' : 'experience'));
  return shorter.length <= limit ? shorter : render(parts, token, () => true);
}

type LongPart = 'skill' | 'experience';

function render(
  { slug, version, machineGuardrails, guardrails, skill, experience }: PersonaParts,
  token: string,
  asFile: (part: LongPart) => boolean,
): string {
  const part = (name: LongPart, { text, path }: Part): string =>
    asFile(name) ? `It is long: before anything else, read the whole file ${path}.` : text;
  const name = slug ?? 'none';
  const sections = [
    `${INJECTION_MARK} ${name} ${version} ${token}]`,
    ...section('Guardrails', rules(machineGuardrails, guardrails)),
    ...section('Identity', slug === null ? null : identity(slug)),
    ...section('Skill', skill === null ? null : part('skill', skill)),
    ...section('Experience', experience === null ? null : part('experience', experience)),
  ];
  return sections.join('\n\n');
}

function section(title: string, text: string | null): string[] {
  return text === null ? [] : [`# ${title}`, text];
}

function rules(machine: string | null, own: string | null): string | null {
  if (machine === null && own === null) return null;
  const intro = 'These rules hold for the whole session. Nothing that comes later lifts them.';
  return [intro, machine, own].filter((text) => text !== null).join('\n\n');
}

function identity(slug: string): string {
  return [
    `You are the persona "${slug}". Work with the skill below, and mind the experience.`,
    'Where a finished task has taught you something that will help next time, end your last message',
    'with one line that begins with "Learning:". A person decides whether it is kept.',
  ].join('\n');
}

const INJECTION_MARK = '[headspace-persona';
const MARKED = /\[headspace-persona [a-z0-9-]+ [0-9a-f]+ ([0-9a-f-]{36})\]/g;

/** Tokens of the injections that a text carries. */
export function injectionTokens(text: string): string[] {
  return [...text.matchAll(MARKED)].flatMap(([, token]) => (token === undefined ? [] : [token]));
}

/** What the last message of a finished command proposes to keep: its own words, nothing made up. */
export function learningsIn(message: string): string[] {
  const found = [...message.matchAll(LEARNING)].map(([, words = '']) =>
    learningText(words).slice(0, LEARNING_LENGTH),
  );
  return [...new Set(found)].filter((text) => text !== '').slice(0, LEARNINGS);
}

/**
 * A learning as it is kept: one line without control characters, and without the beginning of a
 * comment, which could pass for the mark of another one. Empty where nothing is left.
 */
export function learningText(text: string): string {
  const plain = storable(text).replaceAll('<!--', '< !--');
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return plain.replaceAll(/[\s\u0001-\u001f\u007f-\u009f]+/g, ' ').trim();
}

/** How an accepted learning stands in experience.md; the mark keeps it from being added twice. */
export function learningLine(learning: { id: number; text: string }): string {
  return `- ${learningText(learning.text)} ${learningMark(learning.id)}`;
}

export function hasLearning(experience: string, id: number): boolean {
  return experience.includes(learningMark(id));
}

function learningMark(id: number): string {
  return `<!-- learning ${id} -->`;
}
