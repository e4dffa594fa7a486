/** Asks for summaries: one row for each input, however often and by whomever it is asked for. */
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { storableJson } from '../../domain/display.ts';
import { PROMPT_VERSION, serialised, type SummaryInput } from '../../domain/summary.ts';

type Client = Pick<PoolClient, 'query'>;

export type Serves = 'command-instruction' | 'command-outcome';

export interface SummaryRequest {
  readonly input: SummaryInput;
  /** Turn, command, project or objective. */
  readonly entityId: number;
  readonly agentId: number | null;
  readonly projectId: number | null;
  readonly commandId?: number | null;
  readonly serves?: Serves | null;
  readonly progress?: boolean;
  /** Too late already: kept as a row, so that nobody asks again. */
  readonly superseded?: boolean;
}

/** 128 bits of SHA-256, in hexadecimal. */
export function inputHash(input: SummaryInput): string {
  const text = `${PROMPT_VERSION}\n${serialised(input)}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * What was asked for already stays as it is; what was superseded and is wanted again is queued
 * again; of a result that is there it is noted that it counts now.
 */
const REQUEST = `
insert into summaries (kind, entity_id, agent_id, project_id, command_id, serves, progress,
  input_hash, input, state)
select r.kind, r.entity_id, r.agent_id, r.project_id, r.command_id, r.serves, r.progress,
  r.input_hash, r.input, r.state
from json_to_recordset($1::json) as r(kind text, entity_id bigint, agent_id int, project_id int,
  command_id bigint, serves text, progress boolean, input_hash text, input text, state text)
on conflict (kind, entity_id, input_hash) do update set wanted_at = now(),
  state = case when summaries.state = 'superseded' then excluded.state else summaries.state end
where summaries.state = 'superseded' or excluded.kind in ('project', 'ranking')`;

/** In one order, so that two that ask for the same do not wait for each other. */
export async function requestSummaries(
  client: Client,
  requests: readonly SummaryRequest[],
): Promise<void> {
  const rows = new Map(requests.map((request) => [keyOf(request), rowOf(request)]));
  const keys = [...rows.keys()].toSorted();
  if (keys.length === 0) return;
  await client.query({
    name: 'request-summaries',
    text: REQUEST,
    values: [storableJson(keys.map((key) => rows.get(key)))],
  });
}

const keyOf = ({ input, entityId }: SummaryRequest): string =>
  `${input.kind} ${entityId} ${inputHash(input)}`;

function rowOf(request: SummaryRequest) {
  const { input, entityId, agentId, projectId, commandId, serves, progress, superseded } = request;
  return {
    kind: input.kind,
    entity_id: entityId,
    agent_id: agentId,
    project_id: projectId,
    command_id: commandId ?? null,
    serves: serves ?? null,
    progress: progress ?? false,
    input_hash: inputHash(input),
    input: serialised(input),
    state: superseded === true ? 'superseded' : 'queued',
  };
}
