/**
 * Which prompt an entry belongs to. Only entries of the user name their prompt; the others follow
 * from their parents. A parent may stand later in the file than its child (after a resume, by up to
 * the whole history of a fork): then the child waits, and is told when the parent comes.
 */

/** Newest entries whose children are still expected. Seen: a parent is at most 6 entries back. */
const CHAIN_LIMIT = 64;
/** Parents that are waited for at one time. */
const AWAITED_LIMIT = 16;

/** As stored: `p` a prompt_id, `w` the entry that is waited for; neither: belongs to no prompt. */
export interface ChainLink {
  id: string;
  p?: string;
  w?: string;
}

export interface ChainState {
  links: ChainLink[];
  awaited: string[];
}

/** An entry's prompt; or the entry that will tell, once it comes. */
export interface PromptOf {
  promptId: string | null;
  awaits: string | null;
}

/** What was waited for under `entry` is now known, or waits for another entry. */
export interface Resolution extends PromptOf {
  entry: string;
}

export class PromptChain {
  private readonly links: Map<string, PromptOf>;
  private readonly awaited: Set<string>;
  readonly resolutions: Resolution[] = [];

  constructor(state: ChainState) {
    this.links = new Map(
      state.links.map(({ id, p, w }) => [id, { promptId: p ?? null, awaits: w ?? null }]),
    );
    this.awaited = new Set(state.awaited);
  }

  /** Takes an entry in and tells its prompt. */
  add(uuid: string | null, parent: string | null, ownPromptId: string | null): PromptOf {
    const found = this.promptOf(parent, ownPromptId);
    if (found.awaits !== null) this.wait(found.awaits);
    if (uuid === null) return found;
    if (this.awaited.delete(uuid)) this.resolve(uuid, found);
    this.links.delete(uuid);
    this.links.set(uuid, found);
    for (const oldest of this.links.keys()) {
      if (this.links.size <= CHAIN_LIMIT) break;
      this.links.delete(oldest);
    }
    return found;
  }

  state(): ChainState {
    return {
      links: [...this.links].map(([id, { promptId, awaits }]) => ({
        id,
        ...(promptId !== null && { p: promptId }),
        ...(awaits !== null && { w: awaits }),
      })),
      awaited: [...this.awaited],
    };
  }

  private promptOf(parent: string | null, own: string | null): PromptOf {
    if (own !== null) return { promptId: own, awaits: null };
    if (parent === null) return { promptId: null, awaits: null };
    return this.links.get(parent) ?? { promptId: null, awaits: parent };
  }

  private wait(entry: string): void {
    this.awaited.add(entry);
    for (const oldest of this.awaited) {
      if (this.awaited.size <= AWAITED_LIMIT) break;
      this.awaited.delete(oldest);
    }
  }

  private resolve(entry: string, found: PromptOf): void {
    this.resolutions.push({ entry, ...found });
    for (const [id, link] of this.links) {
      if (link.awaits === entry) this.links.set(id, found);
    }
  }
}
