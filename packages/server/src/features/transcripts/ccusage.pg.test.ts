/**
 * The same files read by us and by ccusage: the same tokens in each session, and the same cost.
 *
 * ccusage runs offline, with the prices it was built with: a second source for ours. Its rules as far
 * as they matter here: a message counts once for message id, request id and session; of its entries
 * the one with the most tokens counts. Ours: once for message id and agent; of each count the
 * greatest. They differ where a message has two request ids, or an agent two sessions with copies
 * of the same messages (a resume): ccusage counts those twice, although they were paid for once.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { linesOf, listTranscripts } from './testing/lines.ts';
import { loadRecorded, writeSubagents } from './testing/recorded.ts';
import { openWorld, type World } from './testing/world.ts';

const CCUSAGE = createRequire(import.meta.url).resolve('ccusage/package.json');
const run = promisify(execFile);

interface Counts {
  sessionId: string;
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  totalCost: number;
}

async function ccusage(world: World): Promise<{ sessions: Counts[]; totals: Counts }> {
  const script = path.join(path.dirname(CCUSAGE), 'src', 'cli.js');
  const args = [script, 'claude', 'session', '--json', '--offline'];
  const env = {
    PATH: process.env['PATH'],
    HOME: world.claudeFolder,
    CLAUDE_CONFIG_DIR: world.claudeFolder,
  };
  const { stdout } = await run(process.execPath, args, { env });
  return JSON.parse(stdout) as { sessions: Counts[]; totals: Counts };
}

interface Entry {
  message?: {
    usage?: {
      cache_creation_input_tokens: number;
      cache_creation?: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
    };
  };
}

/**
 * As Claude Code writes them: the recordings have blanks, for which ccusage does not look, and of
 * what was written to the cache the stub that answered tells only the sum. The API tells the parts
 * too; ccusage takes those, we the sum.
 */
function asWritten(line: string): string {
  const entry = JSON.parse(line) as Entry;
  const usage = entry.message?.usage;
  if (usage?.cache_creation !== undefined) {
    const { ephemeral_1h_input_tokens: hour } = usage.cache_creation;
    usage.cache_creation.ephemeral_5m_input_tokens = usage.cache_creation_input_tokens - hour;
  }
  return `${JSON.stringify(entry)}\n`;
}

/** Its program is a binary for each platform, and only this one's is in our lock file. */
const hasBinary = process.platform === 'linux' && process.arch === 'x64';

test.runIf(hasBinary)(
  'tokens and cost of every recorded session are those of ccusage',
  async () => {
    await using world = await openWorld();
    const names = new Set(listTranscripts().map((file) => file.replace(/\..*$/, '')));
    const sessions: string[] = [];
    for (const name of names) {
      const recorded = loadRecorded(name);
      for (const [sessionId, lines] of recorded.transcripts) {
        await world.replace(sessionId, lines.map(asWritten).join(''));
        await world.hook('SessionStart', sessionId, { source: 'startup' });
        sessions.push(sessionId);
      }
      const subagents = recorded.subagents.map((one) => ({
        ...one,
        content: linesOf(one.content).map(asWritten).join(''),
      }));
      await writeSubagents(world, subagents);
    }
    await world.look();
    await world.look();
    const theirs = await ccusage(world);
    const sum = { inputTokens: 0, outputTokens: 0, cacheCreationTokens: 0, cacheReadTokens: 0 };
    let cost = 0;
    let compared = 0;
    for (const sessionId of sessions) {
      const { total } = await world.usage(sessionId);
      const { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens, costUSD } = total;
      const ours = { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens };
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += ours[name];
      cost += costUSD ?? Number.NaN;
      const found = theirs.sessions.filter((one) => path.basename(one.sessionId) === sessionId);
      if (found.length !== 1) continue;
      expect(found[0], sessionId).toMatchObject(ours);
      expect(costUSD, sessionId).toBeCloseTo(found[0]?.totalCost ?? Number.NaN, 9);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(20);
    expect(theirs.totals).toMatchObject(sum);
    expect(cost).toBeCloseTo(theirs.totals.totalCost, 9);
    expect(cost).toBeGreaterThan(1);
  },
  60_000,
);
