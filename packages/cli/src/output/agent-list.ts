/** The list of agents as text: grouped by what a person has to know first. */
import { ATTENTIONS, type AgentView, type Attention } from '@headspace/contract';
import type { Colors } from './colors.ts';
import { duration } from './duration.ts';
import { oneLine, table } from './table.ts';

/** State words as people read them. */
const WORDS: Record<Attention, string> = {
  needs_you: 'needs you',
  limit: 'limit',
  your_turn: 'your turn',
  stalled: 'stalled',
  unknown: 'unknown',
  working: 'working',
  idle: 'idle',
  ended: 'ended',
};

export interface ListOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly width: number | null;
  readonly colors: Colors;
}

/** Table of agents in the order of attention; longest waiting first within a group. */
export function agentList(agents: readonly AgentView[], options: ListOptions): string {
  if (agents.length === 0) {
    return 'No agents. Start Claude Code in a terminal; `headspace doctor` tells what is missing.\n';
  }
  const sorted = [...agents].sort(
    (a, b) =>
      ATTENTIONS.indexOf(a.attention) - ATTENTIONS.indexOf(b.attention) ||
      Date.parse(a.since) - Date.parse(b.since),
  );
  const { colors, now, width } = options;
  const rows = sorted.map((agent, i) => {
    const first = sorted[i - 1]?.attention !== agent.attention;
    const word = WORDS[agent.attention];
    return [
      first ? paint(agent.attention, colors)(word) : colors.dim(word),
      String(agent.id),
      oneLine(agent.reason),
      duration(now - Date.parse(agent.since)),
      contextUse(agent),
      oneLine(agent.project.name),
      oneLine(agent.command?.prompt ?? ''),
    ];
  });
  return table([['STATE', 'ID', 'WHY', 'SINCE', 'CTX', 'PROJECT', 'COMMAND'], ...rows], width);
}

/** Percentage with a mark for its tier, else thousands of tokens; empty where nothing is known. */
function contextUse({ context }: AgentView): string {
  if (context === null) return '';
  const { percent, tier, usedTokens } = context;
  if (percent === null) return usedTokens === null ? '' : `${Math.round(usedTokens / 1000)}k`;
  const mark = { normal: '', high: '!', critical: '!!' }[tier ?? 'normal'];
  return `${percent}%${mark}`;
}

function paint(attention: Attention, colors: Colors): (text: string) => string {
  if (attention === 'needs_you' || attention === 'limit') return colors.red;
  if (attention === 'your_turn') return colors.yellow;
  if (attention === 'working') return colors.green;
  return attention === 'ended' ? colors.dim : colors.bold;
}
