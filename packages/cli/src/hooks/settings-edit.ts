/**
 * Our hooks in the text of a settings file: put in, taken out, compared. Pure; foreign hooks,
 * unknown keys, order, layout and comments stay as they are.
 */
import { isDeepStrictEqual } from 'node:util';
import { HOOK_EVENTS } from '@headspace/contract';
import { isOurs, isRecord, type HookEntry } from './entries.ts';
import {
  append,
  JsoncError,
  layoutOf,
  memberOf,
  memberValue,
  parseJsonc,
  remove,
  valueOf,
  type Node,
} from './jsonc-edit.ts';

type EventState = 'installed' | 'missing' | 'outdated';

export interface EventReport {
  readonly event: string;
  /** `unwanted`: an entry of ours for an event that should have none. */
  readonly state: EventState | 'unwanted' | 'not installed';
  /** Hooks of others on the same event. */
  readonly foreign: number;
}

/** Text with our entries, and no others of ours, at the end of each event's list. */
export function putHooks(text: string, entries: ReadonlyMap<string, HookEntry>): string {
  let result = text.trim() === '' ? `{}\n` : text;
  const layout = layoutOf(result);
  for (const [event, entry] of entries) {
    const root = rootObject(result);
    const hooks = memberValue(root, 'hooks');
    const group = `{ "hooks": [${compact(entry)}] }`;
    const list = hooks && memberValue(hooks, event);
    if (!hooks) {
      const { eol, indent } = layout;
      const inner = `"${event}": [${group}]`;
      const block = `"hooks": {${eol}${indent.repeat(2)}${inner}${eol}${indent}}`;
      result = append(result, root, block, 1, layout);
    } else if (list) {
      result = append(result, expectType(list, 'array', result, event), group, 3, layout);
    } else {
      const object = expectType(hooks, 'object', result, 'hooks');
      result = append(result, object, `"${event}": [${group}]`, 2, layout);
    }
  }
  return result;
}

/**
 * Text without any entry of ours. Groups and lists that become empty by that go too, except those
 * that `before`, the text from before the installation, has.
 */
export function takeHooks(text: string, before?: string): string {
  let result = text;
  for (;;) {
    const found = findOurs(result);
    if (!found) return result;
    const { root, hooksMember, eventMember, list, group, groupHooks, entry } = found;
    const hooks = hooksMember.children?.[1] ?? root;
    const event = String(eventMember.children?.[0]?.value);
    if ((groupHooks.children?.length ?? 0) > 1) result = remove(result, groupHooks, entry);
    else if ((list.children?.length ?? 0) > 1 || hadBefore(before, event)) {
      result = remove(result, list, group);
    } else if ((hooks.children?.length ?? 0) > 1 || hadBefore(before)) {
      result = remove(result, hooks, eventMember);
    } else result = remove(result, root, hooksMember);
  }
}

/** State of each event: all known ones, and others on which something of ours stands. */
export function inspectHooks(
  text: string | undefined,
  entries: ReadonlyMap<string, HookEntry>,
): EventReport[] {
  const hooks = text?.trim() ? memberValue(rootObject(text), 'hooks') : undefined;
  const configured: unknown = hooks ? valueOf(hooks) : {};
  const byEvent = isRecord(configured) ? configured : {};
  const events = new Set<string>([...HOOK_EVENTS, ...Object.keys(byEvent)]);
  const reports = [...events].map((event) => reportOf(event, byEvent[event], entries.get(event)));
  return reports.filter((r) => r.state !== 'not installed' || r.foreign > 0);
}

/** True if the file has exactly the entries wanted, so that nothing is to be done. */
export function isCurrent(reports: readonly EventReport[]): boolean {
  return reports.every((r) => r.state === 'installed' || r.state === 'not installed');
}

function reportOf(event: string, list: unknown, wanted: HookEntry | undefined): EventReport {
  const groups = Array.isArray(list) ? list.filter(isRecord) : [];
  const all = groups.flatMap((group) => {
    const { hooks, matcher } = group;
    const everything = matcher === undefined || matcher === '' || matcher === '*';
    return (Array.isArray(hooks) ? hooks : []).map((entry: unknown) => ({ entry, everything }));
  });
  const ours = all.filter(({ entry }) => isOurs(entry));
  const foreign = all.length - ours.length;
  const [only, ...more] = ours;
  if (!wanted) return { event, state: only ? 'unwanted' : 'not installed', foreign };
  if (!only) return { event, state: 'missing', foreign };
  const same = only.everything && more.length === 0 && isDeepStrictEqual(only.entry, wanted);
  return { event, state: same ? 'installed' : 'outdated', foreign };
}

interface Found {
  readonly root: Node;
  readonly hooksMember: Node;
  readonly eventMember: Node;
  readonly list: Node;
  readonly group: Node;
  readonly groupHooks: Node;
  readonly entry: Node;
}

function findOurs(text: string): Found | undefined {
  if (text.trim() === '') return undefined;
  const root = rootObject(text);
  const hooksMember = memberOf(root, 'hooks');
  if (!hooksMember) return undefined;
  for (const eventMember of hooksMember.children?.[1]?.children ?? []) {
    const list = eventMember.children?.[1];
    if (list?.type !== 'array') continue;
    for (const group of list.children ?? []) {
      const groupHooks = memberValue(group, 'hooks');
      const entry = groupHooks?.children?.find((node) => isOurs(valueOf(node)));
      if (groupHooks && entry) {
        return { root, hooksMember, eventMember, list, group, groupHooks, entry };
      }
    }
  }
  return undefined;
}

/** Whether the text from before had `hooks`, or in it that event. */
function hadBefore(before: string | undefined, event?: string): boolean {
  if (before === undefined || before.trim() === '') return false;
  const hooks = memberValue(rootObject(before), 'hooks');
  if (!hooks || event === undefined) return hooks !== undefined;
  return memberValue(hooks, event) !== undefined;
}

function rootObject(text: string): Node {
  return expectType(parseJsonc(text), 'object', text, 'the file');
}

function expectType(node: Node, type: 'object' | 'array', text: string, what: string): Node {
  if (node.type === type) return node;
  throw new JsoncError(`${what} must be an ${type}, not ${node.type}`, text, node.offset);
}

/** One line with blanks after colons and commas, as people write it. */
function compact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compact).join(', ')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, v]) => `${JSON.stringify(key)}: ${compact(v)}`);
  return `{ ${members.join(', ')} }`;
}
