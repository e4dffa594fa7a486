/** One rule per event. An event without one is recorded and changes nothing. */
import type { Draft } from '../draft.ts';
import type { Hook } from '../hook.ts';
import type { RuleFacts } from './facts.ts';
import { postCompact, preCompact, sessionEnd, sessionStart } from './session.ts';
import { subagentStart, subagentStop } from './subagents.ts';
import {
  elicitation,
  elicitationResult,
  permissionRequest,
  postToolBatch,
  preToolUse,
  toolEnded,
} from './tools.ts';
import { stop, stopFailure, userPromptSubmit } from './turn.ts';

export interface RuleResult {
  outcome: string;
  /** False where the event says nothing about the state: it is no edge in time then. */
  decides: boolean;
}

export function applyRule(draft: Draft, hook: Hook, facts: RuleFacts): RuleResult {
  const outcome = decide(draft, hook, facts);
  return outcome === null
    ? { outcome: 'recorded; says nothing about the state', decides: false }
    : { outcome, decides: true };
}

function decide(draft: Draft, hook: Hook, facts: RuleFacts): string | null {
  switch (hook.name) {
    case 'SessionStart':
      return sessionStart(draft, hook, facts);
    case 'SessionEnd':
      return sessionEnd(draft, hook, facts);
    case 'UserPromptSubmit':
      return userPromptSubmit(draft, hook);
    case 'Stop':
      return stop(draft, hook);
    case 'StopFailure':
      return stopFailure(draft, hook);
    case 'PreToolUse':
      return preToolUse(draft, hook);
    case 'PostToolUse':
    case 'PostToolUseFailure':
    case 'PermissionDenied':
      return toolEnded(draft, hook);
    case 'PostToolBatch':
      return postToolBatch(draft, hook);
    case 'PermissionRequest':
      return permissionRequest(draft, hook);
    case 'Elicitation':
      return elicitation(draft, hook);
    case 'ElicitationResult':
      return elicitationResult(draft, hook);
    case 'SubagentStart':
      return subagentStart(draft, hook);
    case 'SubagentStop':
      return subagentStop(draft, hook);
    case 'PreCompact':
      return preCompact(draft, hook);
    case 'PostCompact':
      return postCompact(draft);
    default:
      return null;
  }
}
