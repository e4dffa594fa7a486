/**
 * Every setting, once. Flags, environment variables, `config.yaml`, the documentation and the
 * settings form are all made from this table.
 *
 * Order of precedence: flag, environment, file, default. The flag of `server.port` is
 * `--server-port`, its variable `HEADSPACE_SERVER_PORT`.
 */
import { z } from 'zod';
import { ModelPricesSetting } from './prices.ts';
import { count, loop, milliseconds, setting } from './setting-row.ts';
import { SUMMARY_SETTINGS } from './summary-settings.ts';

export const SETTINGS = {
  'server.host': setting({
    schema: z.string().default('127.0.0.1'),
    help: 'Address to listen on.',
  }),
  'server.port': setting({
    schema: z.coerce.number().int().min(0).max(65535).default(5055),
    help: 'Port to listen on; 0 takes a free one.',
  }),
  'server.allowedHosts': setting({
    schema: z
      .union([z.array(z.string()), z.string().transform((text) => text.split(',').filter(Boolean))])
      .default([]),
    help: 'Host names besides localhost under which this server may be called.',
  }),
  'database.url': setting({
    schema: z.string().optional(),
    secret: true,
    env: 'DATABASE_URL',
    help: 'PostgreSQL 14 or newer to use instead of the embedded one.',
  }),
  'database.poolSize': setting({
    schema: z.coerce.number().int().min(1).max(500).default(15),
    help: 'Connections that the pool keeps.',
  }),
  'database.maxOverflow': setting({
    schema: z.coerce.number().int().min(0).max(500).default(10),
    help: 'Connections that the pool may open beyond poolSize.',
  }),
  'hooks.maxBodyBytes': setting({
    schema: z.coerce
      .number()
      .int()
      .min(1024)
      .default(16 * 1024 * 1024),
    help: 'Largest hook body that is taken, in bytes.',
  }),
  'hooks.answerWithinMs': setting({
    schema: z.coerce.number().int().min(0).max(10_000).default(300),
    live: true,
    help: 'How long an answer may wait for content (SessionStart, UserPromptSubmit).',
  }),
  'hooks.maxTries': setting({
    schema: z.coerce.number().int().min(1).max(100).default(3),
    help: 'Tries before an event that fails by itself is parked.',
  }),
  'hooks.retentionDays': setting({
    schema: z.coerce.number().min(0.01).default(14),
    live: true,
    help: 'Days that applied hook events are kept.',
  }),
  'events.retentionDays': setting({
    schema: z.coerce.number().min(0.01).default(3),
    live: true,
    help: 'Days that stream messages are kept for readers that come back.',
  }),
  'events.maxStreams': setting({
    schema: z.coerce.number().int().min(1).default(200),
    live: true,
    help: 'Readers of the event stream at once, per process.',
  }),
  // What happens in the same process is noticed at once; the rest waits for a round.
  ...loop('promptDelivery', 'look for prompts that wait', {
    intervalMs: 500,
    timeoutMs: 60_000,
  }),
  'promptDelivery.batchSize': setting({
    schema: count(500),
    help: 'Agents with waiting prompts that one round looks at.',
  }),
  'promptDelivery.graceMs': setting({
    schema: z.coerce.number().int().min(1_000).max(600_000).default(10_000),
    help: 'How long the proof of a sent prompt may take; then it is shown as uncertain. Milliseconds.',
  }),
  'promptDelivery.pasteLimit': setting({
    schema: z.coerce.number().int().min(1_000).max(400_000).default(100_000),
    help: 'Longest prompt that is pasted, in characters; a longer one goes as a file with a reference to it.',
  }),
  'prompts.maxQueued': setting({
    schema: z.coerce.number().int().min(1).max(10_000).default(100),
    live: true,
    help: 'Prompts that may wait for one agent at once.',
  }),
  'prompts.maxCharacters': setting({
    schema: z.coerce.number().int().min(1).max(500_000).default(200_000),
    help: 'Longest prompt that is taken, in characters (UTF-16 units).',
  }),
  'prompts.retentionDays': setting({
    schema: z.coerce.number().min(1).default(30),
    live: true,
    help: 'Days that prompts which arrived, failed or were taken back are kept.',
  }),
  'launches.program': setting({
    schema: z.string().min(1).max(4096).default('claude'),
    help: 'Claude Code as it is started: a path, or a name that is found by PATH.',
  }),
  'launches.tmuxSocket': setting({
    schema: z.string().max(100).default(''),
    help: 'Socket of the tmux server in which agents are started; empty means the default one of the user.',
  }),
  'launches.deadlineMs': setting({
    schema: milliseconds(1_000, 60_000),
    live: true,
    help: 'How long Claude Code may take until it reports; then its terminal is closed.',
  }),
  'personas.answerWithinMs': setting({
    schema: z.coerce.number().int().min(0).max(1_400).default(1_000),
    live: true,
    help: 'How long a start of Claude Code may wait for its persona; after that it is typed. The hook script waits 1500 ms at most.',
  }),
  'personas.proofWithinMs': setting({
    schema: milliseconds(1_000, 30_000),
    live: true,
    help: 'How long the transcript may take, after a turn, to show whether a persona has arrived; then that is uncertain.',
  }),
  'handoff.atPercent': setting({
    schema: z.coerce.number().int().min(0).max(99).default(0),
    live: true,
    help: 'Context use, in percent, from which an agent hands over by itself, once, at its next rest; 0 means never.',
  }),
  'handoff.endPredecessor': setting({
    schema: z.stringbool().or(z.boolean()).default(false),
    live: true,
    help: 'Whether the terminal of an agent that was launched by Headspace is closed after its handoff; other terminals never are.',
  }),
  'handoff.askDeadlineMs': setting({
    schema: milliseconds(1_000, 7_200_000),
    live: true,
    help: 'How long a handoff waits for the rest of its agent, to ask for the document.',
  }),
  'handoff.writeDeadlineMs': setting({
    schema: milliseconds(1_000, 900_000),
    live: true,
    help: 'How long the agent may take to write its document.',
  }),
  'handoff.examDeadlineMs': setting({
    schema: milliseconds(1_000, 900_000),
    live: true,
    help: 'How long the successor may take to read the document and to answer the questions.',
  }),
  'remoteAgents.maxWaits': setting({
    schema: z.coerce.number().int().min(1).max(100_000).default(500),
    live: true,
    help: 'Requests that may wait for remote agents at once, in each server process.',
  }),
  ...loop('hookSweep', 'take up hook events that a crash or a failed attempt left', {
    intervalMs: 1_000,
    timeoutMs: 30_000,
  }),
  'hookSweep.batchSize': setting({
    schema: count(500),
    help: 'Queues of hook events that one round takes up.',
  }),
  // Two looks end an agent whose process is gone, and that has to be within 2 s.
  ...loop('agentReaper', 'look whether agents still live', {
    intervalMs: 750,
    timeoutMs: 10_000,
  }),
  'agentReaper.unwatchedIntervalMs': setting({
    schema: milliseconds(100, 5_000),
    help: 'Pause between looks at agents without a process that can be watched.',
  }),
  'agentReaper.batchSize': setting({
    schema: count(500),
    help: 'Agents that one look judges at most.',
  }),
  ...loop('tmuxWatchdog', "look at agents' terminals", {
    intervalMs: 5_000,
    timeoutMs: 30_000,
  }),
  'tmuxWatchdog.batchSize': setting({
    schema: count(1_000),
    help: 'Screens that one look reads at most.',
  }),
  'tmuxWatchdog.stalledAfterMs': setting({
    schema: z.coerce.number().int().min(10_000).default(180_000),
    help: 'How long a screen stands still at work before the agent counts as stalled.',
  }),
  'tmuxWatchdog.unsentAfterMs': setting({
    schema: z.coerce.number().int().min(1_000).default(20_000),
    help: 'How long words stand in the prompt box before they count as not sent.',
  }),
  'tmux.timeoutMs': setting({
    schema: milliseconds(100, 2_000),
    help: 'How long tmux may take to answer.',
  }),
  ...loop('sessionFiles', "look at Claude Code's own session files", {
    intervalMs: 1_000,
    timeoutMs: 10_000,
  }),
  ...loop('silence', 'look for agents of which nothing has been heard for long', {
    intervalMs: 30_000,
    timeoutMs: 30_000,
  }),
  ...loop('transcriptReconciler', 'read what is new in transcripts', {
    intervalMs: 1_000,
    timeoutMs: 60_000,
  }),
  'transcriptReconciler.batchSize': setting({
    schema: count(64),
    help: 'Files that are looked at beside each other.',
  }),
  ...loop('eventSweep', 'announce what crashed processes left', {
    intervalMs: 1_000,
    timeoutMs: 10_000,
  }),
  ...loop('spool', 'take in hook events that were spooled on this machine', {
    intervalMs: 1_000,
    timeoutMs: 60_000,
  }),
  ...loop('lockReports', 'tell other processes which locks this one holds', {
    intervalMs: 1_000,
    timeoutMs: 10_000,
  }),
  ...loop('retention', 'delete what is older than the settings keep', {
    intervalMs: 600_000,
    timeoutMs: 300_000,
  }),
  'retention.batchSize': setting({
    schema: count(1_000),
    help: 'Rows that one statement deletes.',
  }),
  'jobs.concurrency': setting({
    schema: z.coerce.number().int().min(1).max(50).default(2),
    help: 'Durable jobs that one process runs at a time.',
  }),
  'jobs.intervalMs': setting({
    schema: milliseconds(50, 1_000),
    help: 'How often an idle worker looks for jobs that have become due.',
  }),
  ...loop('jobRescue', 'free the jobs of workers that died', {
    intervalMs: 2_000,
    timeoutMs: 10_000,
  }),
  'jobRescue.batchSize': setting({
    schema: count(100),
    help: 'Workers that one round looks at.',
  }),
  'deferredStop.deadlineMs': setting({
    schema: milliseconds(100, 30_000),
    help: 'Wait for the final text of a command whose Stop came without it; then it is unknown.',
  }),
  'context.highPercent': setting({
    schema: z.coerce.number().min(1).max(100).default(65),
    help: 'Context use from which it is shown as high.',
  }),
  'context.criticalPercent': setting({
    schema: z.coerce.number().min(1).max(100).default(80),
    help: 'Context use from which it is shown as critical.',
  }),
  'context.hysteresisPoints': setting({
    schema: z.coerce.number().min(0).max(50).default(3),
    help: 'Points below its mark at which a high or critical context use ends.',
  }),
  ...loop('contextPoller', 'look at what status lines have told', {
    intervalMs: 1_000,
    timeoutMs: 5_000,
  }),
  'contextPoller.batchSize': setting({
    schema: z.coerce.number().int().min(1).max(10_000).default(1_000),
    help: 'Status lines taken in at most with one look.',
  }),
  ...SUMMARY_SETTINGS,
  'claude.configDir': setting({
    schema: z.string().optional(),
    env: 'CLAUDE_CONFIG_DIR',
    help: "Claude Code's configuration folder; ~/.claude unless set.",
  }),
  'costs.prices': setting({
    schema: ModelPricesSetting.default('{}'),
    help: 'Prices of models in dollars per million tokens, beside and over the built-in ones.',
  }),
  ...loop('configFile', 'look whether a person has changed config.yaml', {
    intervalMs: 1_000,
    timeoutMs: 10_000,
  }),
  'log.level': setting({
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    live: true,
    help: 'Least level that is logged.',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { [K in SettingName]: z.output<(typeof SETTINGS)[K]['schema']> };

/** `server.port` → `HEADSPACE_SERVER_PORT`, `database.poolSize` → `HEADSPACE_DATABASE_POOL_SIZE`. */
export function environmentName(name: SettingName): string {
  return `HEADSPACE_${name.replace(/[A-Z]/g, (c) => `_${c}`).replaceAll('.', '_')}`.toUpperCase();
}
