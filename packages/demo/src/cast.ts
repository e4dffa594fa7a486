/** Who plays what: one role for each agent of the fleet, repeated when there are more agents. */

export interface Role {
  /** Name of a recorded session, or `timeline`: hooks with Claude's session file beside them. */
  readonly recording: string;
  /** Lines of the recording to play, first and last; all of them unless given. */
  readonly lines?: readonly (readonly [first: number, last: number])[];
  /** Takes the place of the made-up project of the recordings. */
  readonly project: string;
  readonly entrypoint: 'cli' | 'sdk-cli';
  /** Words for prompts that were typed to provoke an error, by line. */
  readonly prompts?: Readonly<Record<number, string>>;
}

const role = (
  recording: string,
  project: string,
  more: Partial<Omit<Role, 'recording' | 'project'>> = {},
): Role => ({ recording, project, entrypoint: 'cli', ...more });

/** In an order in which few agents show much. */
const ROLES: readonly Role[] = [
  role('s02-permission-approve', 'acme-shop'),
  role('s06-subagents', 'billing-api'),
  role('s14-api-errors', 'search-service', {
    lines: [
      [0, 3],
      [16, 19],
      [24, 25],
      [35, 35],
    ],
    prompts: {
      2: 'What does the ranking module do?',
      16: 'Rebuild the index with the new analyzer',
      18: 'Then run the relevance suite again',
      24: 'Summarise what changed',
    },
  }),
  role('timeline', 'acme-shop', { lines: [[0, 146]] }),
  role('s04-ask-user-question', 'mobile-app'),
  role('s01-simple-prompt', 'docs-site'),
  role('s14-api-errors', 'data-pipeline', {
    lines: [
      [0, 3],
      [18, 19],
      [22, 25],
      [35, 35],
    ],
    prompts: {
      2: 'Which jobs failed last night?',
      18: 'Backfill the orders table for May',
      22: 'Check the row counts',
      24: 'Write up the backfill',
    },
  }),
  role('s16-tasks-plan', 'billing-api'),
  role('s18-mcp-elicitation', 'deploy-tools'),
  role('s03-permission-deny', 'infra', {
    lines: [
      [0, 2],
      [8, 19],
    ],
  }),
  role('s27-print-mode', 'docs-site', { lines: [[0, 7]], entrypoint: 'sdk-cli' }),
  role('s19-misc-events', 'mobile-app', {
    prompts: { 23: 'List the open questions', 25: 'Try the same on another model' },
  }),
  role('s15-context-autocompact', 'data-pipeline'),
  role('s05-tool-failure', 'search-service'),
  role('s21-bypass-permissions', 'infra'),
];

/**
 * The roles of a fleet. Without session files (they are this machine's, and a server of somebody
 * else watches its own) the roles that need them are left out.
 */
export function castFleet(agents: number, sessionFiles: boolean): Role[] {
  const usable = ROLES.filter(({ recording }) => sessionFiles || recording !== 'timeline');
  return Array.from({ length: agents }, (_, index) => usable[index % usable.length] as Role);
}
