import type { AgentView } from '@headspace/contract';
import type { Command } from 'commander';
import { request } from '../api.ts';
import type { CliContext, Site } from '../context.ts';
import { fetchAgents } from '../find-agent.ts';
import {
  addSharedOptions,
  colorsFor,
  printJson,
  siteFor,
  terminalWidth,
  type SharedOptions,
} from '../options.ts';
import { agentList } from '../output/agent-list.ts';
import { readEvents } from '../output/sse.ts';
import { pause } from '../pause.ts';

/** After a stream that broke off. */
const RECONNECT_MS = 1000;

interface AgentsOptions {
  readonly all?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `headspace agents`: what every agent is doing, those that need a person first. */
export function addAgents(program: Command, context: CliContext): void {
  addSharedOptions(program.command('agents'))
    .description('show what every agent is doing')
    .option('-a, --all', 'also agents that have ended')
    .option('-w, --watch', 'go on showing changes until interrupted')
    .addHelpText(
      'after',
      '\nExamples:\n  headspace agents\n  headspace agents --watch\n' +
        `  headspace agents --json | jq '.agents[] | select(.attention == "needs_you")'`,
    )
    .action(async (options: AgentsOptions & SharedOptions) => {
      const site = siteFor(context, options);
      if (options.watch) await watch(context, site, options);
      else show(context, await fetchAgents(site, options.all === true), options);
    });
}

function show(context: CliContext, agents: AgentView[], options: AgentsOptions): void {
  if (options.json && options.watch) context.stdout.write(`${JSON.stringify({ agents })}\n`);
  else if (options.json) printJson(context, { agents });
  else {
    const width = terminalWidth(context);
    const text = agentList(agents, { now: context.now(), width, colors: colorsFor(context) });
    // Home, then clear to the end: no flicker.
    const clear = options.watch && context.stdout.isTTY ? '\u001B[H\u001B[J' : '';
    context.stdout.write(clear + text);
  }
}

/** Shows the list again at each change. The stream is opened first, so that nothing falls between. */
async function watch(context: CliContext, site: Site, options: AgentsOptions): Promise<void> {
  const { signal } = context;
  let first = true;
  while (!signal.aborted) {
    try {
      const stream = await request(site, '/api/events', { signal }, null);
      const agents = new Map((await fetchAgents(site, options.all === true)).map((a) => [a.id, a]));
      first = false;
      show(context, [...agents.values()], options);
      for await (const event of readEvents(stream, signal)) {
        if (event.type === 'stream.reset') break;
        if (event.type !== 'agent.changed') continue;
        const { agent } = event;
        if (agent.attention === 'ended' && !options.all) agents.delete(agent.id);
        else agents.set(agent.id, agent);
        show(context, [...agents.values()], options);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (first) throw error;
    }
    await pause(RECONNECT_MS, signal);
  }
}
