/**
 * Which events get a hook, by version of Claude Code.
 *
 * Before 2.1.101 Claude Code drops a whole settings file over one unknown event name (changelog of
 * 2.1.101); later versions ignore the name with a warning. So an event is installed only from the
 * version that is known to have it. Versions are from Claude Code's changelog, or, where that is
 * silent, the first one in which the event was seen.
 */
import { HOOK_EVENTS, type HookEventName } from '@headspace/contract';

/**
 * Events that are never installed, with the reason.
 */
export const LEFT_OUT: Partial<Record<HookEventName, string>> = {
  WorktreeCreate: 'such a hook replaces what Claude Code does itself',
  WorktreeRemove: 'fires only beside a WorktreeCreate hook',
  MessageDisplay: 'would delay each line of an answer',
  FileChanged: 'needs a list of files to watch',
};

/** First version that has the event; those not listed are as old as the oldest we support. */
const SINCE: Partial<Record<HookEventName, string>> = {
  SubagentStart: '2.0.43',
  PermissionRequest: '2.0.45',
  Setup: '2.1.10',
  PostToolUseFailure: '2.1.17',
  TeammateIdle: '2.1.33',
  TaskCompleted: '2.1.33',
  ConfigChange: '2.1.49',
  InstructionsLoaded: '2.1.69',
  PostCompact: '2.1.76',
  Elicitation: '2.1.76',
  ElicitationResult: '2.1.76',
  StopFailure: '2.1.78',
  CwdChanged: '2.1.83',
  TaskCreated: '2.1.84',
  PermissionDenied: '2.1.89',
  PostToolBatch: '2.1.197',
  UserPromptExpansion: '2.1.197',
  DirectoryAdded: '2.1.219',
  PreModelSwitch: '2.1.251',
  PostModelSwitch: '2.1.251',
};

/** What is assumed where the version cannot be found: old enough not to break any settings file. */
export const ASSUMED_VERSION = '2.0.45';

/** First version with hooks of type http. */
export const HTTP_HOOKS_SINCE = '2.1.63';

/** Events that get a hook in this version (`2.1.197`), in the order of the contract. */
export function eventsFor(version: string): HookEventName[] {
  return HOOK_EVENTS.filter((event) => {
    const since = SINCE[event];
    return !LEFT_OUT[event] && (since === undefined || isAtLeast(version, since));
  });
}

/** Compares dotted numbers; what follows a dash is ignored. */
export function isAtLeast(version: string, minimum: string): boolean {
  const numbers = (text: string): number[] => (text.split('-', 1)[0] ?? '').split('.').map(Number);
  const [have, need] = [numbers(version), numbers(minimum)];
  for (let i = 0; i < need.length; i += 1) {
    const difference = (have[i] ?? 0) - (need[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
