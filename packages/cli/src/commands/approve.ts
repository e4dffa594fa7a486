import {
  APPROVAL_SCOPES,
  ApprovalDecision,
  ApprovalList,
  ApprovalResult,
  type ApprovalView,
} from '@headspace/contract';
import { type Command, Option } from 'commander';
import { get, send } from '../api.ts';
import type { CliContext, Site } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { findAgent } from '../find-agent.ts';
import {
  addSharedOptions,
  printJson,
  siteFor,
  terminalWidth,
  type SharedOptions,
} from '../options.ts';
import { duration } from '../output/duration.ts';
import { oneLine, table } from '../output/table.ts';

interface ApproveOptions extends SharedOptions {
  readonly deny?: true;
  readonly reason?: string;
  readonly scope?: (typeof APPROVAL_SCOPES)[number];
}

const EXAMPLES = `
Examples:
  headspace approve                        lists what agents wait for
  headspace approve 412                    allows it, this once
  headspace approve shop --scope session   the one thing that this agent asks
  headspace approve 412 --deny --reason "use the staging branch"`;

/** `headspace approve`: what agents wait for, and the decision on one of it. */
export function addApprove(program: Command, context: CliContext): void {
  addSharedOptions(program.command('approve'))
    .description('list the permissions and plans that agents wait for, or decide on one')
    .argument(
      '[which]',
      'number of the approval, or name or project of an agent that asks one thing',
    )
    .option('--deny', 'do not allow it')
    .option('--reason <text>', 'with --deny: what Claude shall do differently; its turn goes on')
    .addOption(
      new Option('--scope <scope>', 'how far it is allowed; once, unless said').choices(
        APPROVAL_SCOPES,
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (which: string | undefined, options: ApproveOptions) => {
      const wanted = decisionOf(options);
      const site = siteFor(context, options);
      if (which === undefined) {
        if (wanted.decision === 'deny' || wanted.scope !== undefined) throw nothingNamed();
        list(context, options, await pending(site));
        return;
      }
      const id = /^\d+$/.test(which) ? Number(which) : await onlyOne(site, which);
      const result = await send(site, 'POST', `/api/approvals/${id}`, wanted, ApprovalResult);
      if (options.json) printJson(context, result);
      else context.stdout.write(`${told(result)}\n`);
      if (!result.done) context.outcome.exitCode = EXIT.failed;
    });
}

function decisionOf({ deny, reason, scope }: ApproveOptions): ApprovalDecision {
  const read = ApprovalDecision.safeParse({
    decision: deny === true ? 'deny' : 'allow',
    reason,
    scope,
  });
  if (read.success) return read.data;
  const [{ path, message } = { path: [], message: 'wrong' }] = read.error.issues;
  throw new CliError(`--${path.join('.')} ${message}`, { exitCode: EXIT.usage });
}

const nothingNamed = (): CliError =>
  new CliError('It is not said what is decided on', {
    hint: 'Name an approval or an agent; `headspace approve` alone lists them.',
    exitCode: EXIT.usage,
  });

async function pending(site: Site): Promise<ApprovalView[]> {
  return (await get(site, '/api/approvals', ApprovalList)).approvals;
}

/** What the agent asks, if it is one thing. */
async function onlyOne(site: Site, name: string): Promise<number> {
  const agent = await findAgent(site, name);
  const asked = (await pending(site)).filter((approval) => approval.agent.id === agent.id);
  const open = asked.filter(({ decisions }) => decisions.length > 0);
  const [only, ...others] = open.length === 0 ? asked : open;
  if (only === undefined) {
    throw new CliError(`${agent.name} asks for no approval`, {
      hint: '`headspace answer` shows any other dialog that it is in.',
    });
  }
  if (others.length === 0) return only.id;
  const named = [only, ...others].map(({ id, summary }) => `${id} (${oneLine(summary)})`);
  throw new CliError(`${agent.name} asks ${named.length} things: ${named.join(', ')}`, {
    hint: 'Name one by its number.',
    exitCode: EXIT.usage,
  });
}

function list(
  context: CliContext,
  options: SharedOptions,
  approvals: readonly ApprovalView[],
): void {
  if (options.json) printJson(context, { approvals });
  else if (approvals.length === 0) context.stdout.write('No agent asks for an approval.\n');
  else {
    const rows = approvals.map((approval) => rowOf(approval, context.now()));
    const head = ['APPROVAL', 'AGENT', 'WAITS', 'SCOPES', 'ASKS'];
    context.stdout.write(table([head, ...rows], terminalWidth(context)));
  }
}

function rowOf(approval: ApprovalView, now: number): string[] {
  const { id, agent, since, scopes, kind, summary, subagent, why } = approval;
  const who = subagent === null ? '' : `${subagent} subagent: `;
  const what = kind === 'plan' ? `plan: ${summary}` : summary;
  return [
    String(id),
    agent.name,
    duration(now - Date.parse(since)),
    scopes.length === 0 ? '-' : scopes.join(', '),
    oneLine(`${who}${what}${why === null ? '' : ` (${why})`}`),
  ];
}

function told({ id, decision, scope, done }: ApprovalResult): string {
  const made = decision === 'deny' ? 'denied' : `allowed, ${scope ?? 'once'}`;
  return done ? `${id} was ${made}.` : `${id} was ${made}, and its dialog is still there.`;
}
