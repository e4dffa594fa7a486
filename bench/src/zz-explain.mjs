import { startPostgres } from '/work/wt-costs/packages/testkit/src/index.ts';
import { startTestServer } from '/work/wt-costs/packages/testkit/src/server.ts';
import pg from 'pg';
await using p = await startPostgres({ durable: true });
const s = await startTestServer({ database: { url: p.url } });
const c = new pg.Client(p.url);
await c.connect();
console.log((await c.query('select version()')).rows);
console.log(
  (await c.query(`select indexdef from pg_indexes where tablename='turns'`)).rows
    .map((r) => r.indexdef)
    .join('\n'),
);
await c.query(`insert into projects(host,path,name) values('h','/p','p')`);
await c.query(
  `insert into agents (id, uuid, project_id, host, kind, session_id, session_ids, fence, activity, created_at, last_seen_at) select 1, gen_random_uuid(), 1,'h','print','s','{s}',1,'{}',now(),now()`,
);
const rows = Array.from({ length: 2000 }, (_, i) => ({
  turn_id: null,
  entry_id: `u1-${i}`,
  actor: 'agent',
  kind: 'tool',
  body: 'x'.repeat(i % 2 ? 30 : 1500),
  happened_at: new Date(Date.now() + i).toISOString(),
  place: i,
  prompt_id: 'p1',
  awaits_entry: null,
  match_key: i % 2 ? `tool:${i}` : null,
}));
const W = `
with r as materialized (
  select * from json_to_recordset($2::json) as r(turn_id bigint, entry_id text, actor text,
    kind text, body text, happened_at timestamptz, place bigint, prompt_id text,
    awaits_entry text, match_key text)
)
insert into turns (agent_id, actor, kind, body, happened_at, place, turn_key, prompt_id, match_key,
  entry_id, awaits_entry, origin)
select $1, r.actor, r.kind, r.body, r.happened_at, r.place, 'entry:' || r.entry_id, r.prompt_id,
  r.match_key, r.entry_id, r.awaits_entry, 'transcript'
from r where r.turn_id is null
`;
for (const tail of ['on conflict do nothing', ''])
  for (let k = 0; k < 3; k++) {
    await c.query('begin');
    const t = performance.now();
    const e = await c.query('explain (analyze, timing on) ' + W + tail, [1, JSON.stringify(rows)]);
    console.log(
      tail,
      performance.now() - t,
      k == 2 ? e.rows.map((r) => r['QUERY PLAN']).join('\n') : '',
    );
    await c.query('rollback');
  }
const cols = [
  'entry_id',
  'actor',
  'kind',
  'body',
  'happened_at',
  'place',
  'prompt_id',
  'awaits_entry',
  'match_key',
];
const U = `insert into turns (agent_id, actor, kind, body, happened_at, place, turn_key, prompt_id, match_key,
  entry_id, awaits_entry, origin)
select $1, r.actor, r.kind, r.body, r.happened_at, r.place, 'entry:' || r.entry_id, r.prompt_id,
  r.match_key, r.entry_id, r.awaits_entry, 'transcript'
from unnest($2::text[],$3::text[],$4::text[],$5::text[],$6::timestamptz[],$7::bigint[],$8::text[],$9::text[],$10::text[]) as r(entry_id, actor, kind, body, happened_at, place, prompt_id, awaits_entry, match_key) on conflict do nothing`;
for (let k = 0; k < 3; k++) {
  await c.query('begin');
  const t = performance.now();
  const e = await c.query('explain (analyze, timing on) ' + U, [
    1,
    ...cols.map((x) => rows.map((r) => r[x])),
  ]);
  console.log(
    'unnest',
    performance.now() - t,
    k == 2 ? e.rows.map((r) => r['QUERY PLAN']).join('\n') : '',
  );
  await c.query('rollback');
}
await c.query('drop index turns_said; ');
for (let k = 0; k < 2; k++) {
  await c.query('begin');
  const t = performance.now();
  const e = await c.query(W + 'on conflict do nothing', [1, JSON.stringify(rows)]);
  console.log('no said', performance.now() - t);
  await c.query('rollback');
}
await c.query('drop index turns_unmatched; ');
for (let k = 0; k < 2; k++) {
  await c.query('begin');
  const t = performance.now();
  const e = await c.query(W + 'on conflict do nothing', [1, JSON.stringify(rows)]);
  console.log('no unmatched', performance.now() - t);
  await c.query('rollback');
}
await c.query('drop index turns_entry; ');
for (let k = 0; k < 2; k++) {
  await c.query('begin');
  const t = performance.now();
  const e = await c.query(W + 'on conflict do nothing', [1, JSON.stringify(rows)]);
  console.log('no entry', performance.now() - t);
  await c.query('rollback');
}
await c.end();
await s.stop();
