/**
 * Numbers for Prometheus (https://prometheus.io/docs/practices/naming/). Base units, `_total` for
 * what only grows, labels of few values.
 */
import type { HookStatus } from '@headspace/contract';
import type { AdvisoryLockEvent } from '@headspace/lock';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { JobCounts } from '../../platform/jobs/index.ts';
import { jobMetrics } from './job-metrics.ts';
import { serviceMetrics } from './service-metrics.ts';

export interface MetricsSources {
  /** Counts of the inbox; may fail while the database is away. */
  readonly hookStatus: () => Promise<HookStatus>;
  /** Readers of the event stream in this process. */
  readonly streamReaders: () => number;
  readonly services: () => readonly ServiceState[];
  /** Durable jobs of this database; may fail while it is away. */
  readonly jobs: () => Promise<readonly JobCounts[]>;
}

export interface ServiceState {
  readonly name: string;
  readonly role: 'active' | 'standby';
  /** Milliseconds since 1970. */
  readonly lastSuccessAt: number | null;
  readonly failures: number;
  readonly timeouts: number;
  readonly late: boolean;
}

export interface Metrics {
  readonly contentType: string;
  /** All numbers as text. Never fails because the database is away: it says so. */
  scrape(): Promise<string>;
  /** Give it to the lock service as `onEvent`. */
  onLockEvent(event: AdvisoryLockEvent): void;
  /** Give it to the job runner as `onRun`. */
  onJobRun(job: string, outcome: string): void;
}

const WAIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
/** Purposes are words of ours; the limits keep a mistake from filling the memory. */
const MOST_PURPOSES = 50;
const MOST_SPELLINGS = 1_000;

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const onLockEvent = lockMetrics(registry);
  const refreshHooks = hookMetrics(registry, sources.hookStatus);
  const readers = new Gauge({
    name: 'headspace_stream_readers',
    help: 'Readers of the event stream in this process.',
    registers: [registry],
  });
  const refreshServices = serviceMetrics(registry, sources.services);
  const jobs = jobMetrics(registry, sources.jobs);
  return {
    contentType: registry.contentType,
    onLockEvent,
    onJobRun: jobs.onRun,
    async scrape() {
      readers.set(sources.streamReaders());
      refreshServices();
      await Promise.all([refreshHooks(), jobs.refresh()]);
      return registry.metrics();
    },
  };
}

function lockMetrics(registry: Registry): (event: AdvisoryLockEvent) => void {
  const registers = [registry];
  const wait = new Histogram({
    name: 'headspace_lock_wait_seconds',
    help: 'Time from asking for an advisory lock to having it.',
    labelNames: ['purpose'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  const hold = new Histogram({
    name: 'headspace_lock_hold_seconds',
    help: 'Time from having an advisory lock to giving it back.',
    labelNames: ['purpose'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  const outcomes = new Counter({
    name: 'headspace_lock_requests_total',
    help: 'Requests for an advisory lock by how they ended.',
    labelNames: ['purpose', 'outcome'],
    registers,
  });
  const sessions = new Counter({
    name: 'headspace_lock_session_events_total',
    help: 'Lock sessions opened, lost and put right.',
    labelNames: ['event'],
    registers,
  });
  const label = limitedLabel(MOST_PURPOSES);
  return (event) => {
    if (!('waitMs' in event)) return sessions.inc({ event: event.type });
    const purpose = label(event.purpose ?? 'none');
    if (event.type === 'released' || event.type === 'lost') {
      hold.observe({ purpose }, event.holdMs / 1_000);
    }
    if (event.type === 'released') return;
    if (event.type === 'acquired') wait.observe({ purpose }, event.waitMs / 1_000);
    outcomes.inc({ purpose, outcome: event.type === 'failed' ? event.code : event.type });
  };
}

/** The counts live in the database and are the same in every process. */
function hookMetrics(registry: Registry, read: () => Promise<HookStatus>): () => Promise<void> {
  const registers = [registry];
  const up = new Gauge({
    name: 'headspace_database_up',
    help: '1 while the database answers.',
    registers,
  });
  const counter = (name: string, help: string): Counter =>
    new Counter({ name: `headspace_hooks_${name}_total`, help, registers });
  const gauge = (name: string, help: string): Gauge =>
    new Gauge({ name: `headspace_hooks_${name}`, help, registers });
  const received = counter('received', 'Hook events that were stored.');
  const applied = counter('applied', 'Hook events that are done.');
  const duplicate = counter('duplicate', 'Hook events that had come before.');
  const parked = gauge('parked', 'Hook events that failed and wait for a person.');
  const pending = gauge('pending', 'Hook events that wait to be applied.');
  const oldest = gauge(
    'oldest_unapplied_seconds',
    'Age of the oldest hook event that waits; 0 while none does.',
  );
  const set = (metric: Counter, value: number): void => {
    metric.reset();
    metric.inc(value);
  };
  return async () => {
    const status = await read().catch(() => undefined);
    up.set(status === undefined ? 0 : 1);
    if (status === undefined) return;
    set(received, status.received);
    set(applied, status.applied);
    set(duplicate, status.duplicate);
    parked.set(status.parked);
    pending.set(status.pending);
    oldest.set(status.oldestUnappliedSeconds ?? 0);
  };
}

/** Purposes without their numbers (`process 4711 gone`); beyond `limit` different ones `other`. */
function limitedLabel(limit: number): (value: string) => string {
  const labels = new Map<string, string>();
  const known = new Set<string>();
  return (value) => {
    const found = labels.get(value);
    if (found !== undefined) return found;
    let label = value.replaceAll(/\d+/g, 'N');
    if (!known.has(label) && known.size >= limit) label = 'other';
    known.add(label);
    if (labels.size < MOST_SPELLINGS) labels.set(value, label);
    return label;
  };
}
