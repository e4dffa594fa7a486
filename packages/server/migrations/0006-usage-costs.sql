-- What tokens cost: fast mode has prices of its own, and agents carry the sum of their tokens.

alter table transcript_usage add column fast boolean not null default false;

-- The sums so far (domain/cost.ts): by model and by the length of the prompt.
update agents set activity = jsonb_set(activity, '{usage}', sums.usage)
from (
  select agent_id, jsonb_agg(jsonb_build_object('model', model, 'fast', false, 'prompt', prompt,
    'messages', messages, 'input', input, 'cacheCreation', cache_creation,
    'cacheCreation1h', cache_creation_1h, 'cacheRead', cache_read, 'output', output)) as usage
  from (
    select agent_id, model,
      case when input_tokens + cache_creation_tokens + cache_read_tokens > 200000 then 2
        when input_tokens + cache_creation_tokens + cache_read_tokens > 100000 then 1
        else 0 end as prompt,
      count(*) as messages, sum(input_tokens) as input,
      sum(cache_creation_tokens) as cache_creation,
      sum(cache_creation_1h_tokens) as cache_creation_1h,
      sum(cache_read_tokens) as cache_read, sum(output_tokens) as output
    from transcript_usage group by 1, 2, 3
  ) as buckets
  group by agent_id
) as sums
where agents.id = sums.agent_id;
