/** `headspace send`: says something to an agent, once, and can wait until it has arrived. */
import { randomUUID } from 'node:crypto';
import { text as textOf } from 'node:stream/consumers';
import { PromptView } from '@headspace/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { send } from '../api.ts';
import type { CliContext, Site } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { findAgent } from '../find-agent.ts';
import { addSharedOptions, printJson, siteFor, type SharedOptions } from '../options.ts';
import { describePrompt } from '../output/prompt-text.ts';
import { followPrompt } from '../follow-prompt.ts';

interface SendOptions extends SharedOptions {
  readonly command?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
  readonly key?: string;
}

const DEFAULT_WAIT_SECONDS = 300;

export function addSend(program: Command, context: CliContext): void {
  addSharedOptions(program.command('send'))
    .description('say something to an agent; without a text, or with -, it is read from the input')
    .argument('<agent>', 'number, name, project, or the beginning of a name')
    .argument('[text...]', 'what to say; several words are joined by spaces')
    .option('-c, --command', 'the text is a command of Claude Code: it begins with / or !')
    .option('-w, --wait', 'wait until it has arrived; exit code 1 if it does not')
    .option('--timeout <seconds>', 'how long to wait', seconds, DEFAULT_WAIT_SECONDS)
    .option('--key <key>', 'idempotency key: the same key again does not send again')
    .addHelpText(
      'after',
      '\nA text that begins with / or ! is sent with a space before it, unless --command is given.\n' +
        '\nExamples:\n  headspace send shop run the tests --wait\n' +
        '  headspace send 4 --command /compact\n  git diff | headspace send shop -',
    )
    .action(async (name: string, words: string[], options: SendOptions) => {
      const site = siteFor(context, options);
      const text = await wordsOf(context, words);
      const agent = await findAgent(site, name);
      const prompt = await give(site, agent.id, text, options);
      if (!options.wait) {
        if (options.json) printJson(context, prompt);
        else context.stdout.write(`${describePrompt(prompt)} to ${agent.name}\n`);
        return;
      }
      await waitFor(context, site, prompt, options);
    });
}

async function wordsOf(context: CliContext, words: readonly string[]): Promise<string> {
  const fromInput = words.length === 0 || (words.length === 1 && words[0] === '-');
  if (!fromInput) return words.join(' ');
  if (words.length === 0 && context.stdin.isTTY) {
    throw new CliError('there is nothing to send', {
      hint: 'Give the text behind the agent, or - to read it from the input.',
      exitCode: EXIT.usage,
    });
  }
  return textOf(context.stdin);
}

/** Tells the key where it is not known whether the server has taken the prompt. */
async function give(
  site: Site,
  agentId: number,
  text: string,
  options: SendOptions,
): Promise<PromptView> {
  const key = options.key ?? randomUUID();
  const body = { text, command: options.command === true, key };
  try {
    return await send(site, 'POST', `/api/agents/${agentId}/prompts`, body, PromptView);
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.unreachable) throw error;
    throw new CliError(`${error.message}; whether it has taken the prompt is not known`, {
      hint: `Run the command again with --key ${key}: then it is sent once at most.`,
      exitCode: EXIT.unreachable,
      cause: error,
    });
  }
}

async function waitFor(
  context: CliContext,
  site: Site,
  prompt: PromptView,
  options: SendOptions,
): Promise<void> {
  const timeout = AbortSignal.timeout(options.timeout * 1000);
  const signal = AbortSignal.any([context.signal, timeout]);
  let told = '';
  const tell = (now: PromptView) => {
    const line = describePrompt(now);
    if (line !== told && !options.json) context.stderr.write(`${line}\n`);
    told = line;
  };
  const last = await followPrompt(site, prompt, signal, tell);
  if (options.json) printJson(context, last);
  if (last.state === 'accepted') return;
  context.outcome.exitCode = EXIT.failed;
  if (options.json || !signal.aborted) return;
  const why = timeout.aborted ? `not arrived after ${options.timeout} s` : 'no longer waited for';
  context.stderr.write(
    `headspace: ${why}; it stays in the queue\n` +
      `  Take it back with \`headspace cancel ${last.agentId} ${last.id}\`.\n`,
  );
}

function seconds(given: string): number {
  const value = Number(given);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('A number of seconds above 0 is expected.');
}
