/**
 * `config.yaml` as a list of named values with their places. Nested and dotted names mean the same:
 * `server: {port: 1}` is `server.port: 1`. Pure.
 */
import { isSettingName, SETTING_NAMES, type SettingName } from '@headspace/contract';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';

export type Entry = Pair<ParsedNode, ParsedNode | null>;

export interface Leaf {
  /** Full dotted name; of a setting, or of something that is none. */
  readonly name: string;
  /** The value as JSON. */
  readonly value: unknown;
  readonly entry: Entry;
  /** The maps around it, the outermost first, each with the entry that holds it (null: the root). */
  readonly around: readonly Surrounding[];
}

/** A map, or the name of an empty one, under which names are put. */
export interface Section {
  /** What the names in it begin with: `server.`; empty for the root. */
  readonly prefix: string;
  /** Null where only its name is there. */
  readonly map: YAMLMap.Parsed | null;
  readonly entry: Entry | null;
}

export interface Surrounding {
  readonly map: YAMLMap.Parsed;
  readonly entry: Entry | null;
}

export interface Place {
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

export interface ParsedConfig {
  readonly document: Document.Parsed;
  readonly leaves: readonly Leaf[];
  readonly sections: readonly Section[];
  place(offset: number): Place;
}

/** The text is no YAML, or no map of settings. */
export class ConfigSyntaxError extends Error {
  override readonly name = 'ConfigSyntaxError';
  readonly reason: string;
  /** Null where the whole file is meant. */
  readonly place: Place | null;
  constructor(reason: string, place: Place | null) {
    super(place === null ? reason : `${String(place.line)}:${String(place.column)}: ${reason}`);
    this.reason = reason;
    this.place = place;
  }
}

/** Larger files are no settings, and would hold up everything else. */
const LONGEST_TEXT = 1024 * 1024;
/** Deeper than any name; also ends an anchor that holds itself. */
const DEEPEST = 12;

/** Throws ConfigSyntaxError. */
export function readConfig(text: string): ParsedConfig {
  if (text.length > LONGEST_TEXT) {
    throw new ConfigSyntaxError('is larger than a file of settings can be', null);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter });
  const place = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [broken] = document.errors;
  if (broken) throw new ConfigSyntaxError(broken.message, place(broken.pos[0]));
  const { contents } = document;
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  if (!isEmpty && !isMap(contents)) {
    throw new ConfigSyntaxError('must hold settings by name', null);
  }
  const config = { document, leaves: [], sections: [], place };
  if (isMap(contents)) visit(config, '', [{ map: contents, entry: null }]);
  return config;
}

interface Visit {
  readonly document: Document.Parsed;
  readonly place: (offset: number) => Place;
  readonly leaves: Leaf[];
  readonly sections: Section[];
}

function visit(to: Visit, prefix: string, around: readonly Surrounding[]): void {
  const holder = around[around.length - 1];
  if (!holder) return;
  to.sections.push({ prefix, map: holder.map, entry: holder.entry });
  for (const entry of holder.map.items) {
    const name = `${prefix}${keyOf(entry)}`;
    // What an alias stands for is written elsewhere.
    const isHere = !isAlias(entry.value);
    const value = isAlias(entry.value) ? entry.value.resolve(to.document) : entry.value;
    if (!isSettingName(name) && isMap(value) && around.length < DEEPEST) {
      const map = value as YAMLMap.Parsed;
      visit(to, `${name}.`, [...around, { map, entry: isHere ? entry : null }]);
      if (map.items.length > 0 || isSection(name)) continue;
    }
    if (isSection(name) && (value === null || (isScalar(value) && value.value === null))) {
      to.sections.push({ prefix: `${name}.`, map: null, entry });
    } else {
      to.leaves.push({ name, value: jsonOf(to, entry), entry, around });
    }
  }
}

/** True if settings begin with this name and a dot. */
function isSection(name: string): boolean {
  return SETTING_NAMES.some((setting) => setting.startsWith(`${name}.`));
}

function keyOf({ key }: Entry): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function jsonOf({ document, place }: Visit, { key, value }: Entry): unknown {
  if (value === null) return null;
  try {
    return value.toJS(document, { maxAliasCount: 100 });
  } catch (error) {
    // An alias without an anchor, or one that would grow without end.
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigSyntaxError(reason, place(key.range[0]));
  }
}

/** The leaf that counts for a setting: the last of that name. Undefined where it is not there. */
export function leafOf({ leaves }: ParsedConfig, name: SettingName): Leaf | undefined {
  return leaves.findLast((leaf) => leaf.name === name);
}
