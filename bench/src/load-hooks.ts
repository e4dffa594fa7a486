/** A session's hooks as the load generator sends them: turns of twelve, sizes as recorded. */

const TURN = [
  'user-prompt-submit',
  'pre-tool-use',
  'post-tool-use',
  'pre-tool-use',
  'post-tool-use',
  'pre-tool-use',
  'post-tool-use',
  'pre-tool-use',
  'post-tool-use',
  'post-tool-batch',
  'notification',
  'stop',
] as const;

export function hookAt(agent: number, count: number): { slug: string; body: string } {
  const turn = Math.floor(count / TURN.length);
  const step = count % TURN.length;
  const slug = TURN[step] ?? 'stop';
  const session = `bench-${agent}`;
  const toolUseId = `toolu-${agent}-${turn}-${Math.floor((step - 1) / 2)}`;
  const common = {
    session_id: session,
    transcript_path: `/home/dev/.claude/projects/-home-dev-shop/${session}.jsonl`,
    cwd: `/home/dev/project-${agent % 10}`,
    prompt_id: `prompt-${agent}-${turn}`,
    permission_mode: 'default',
  };
  return { slug, body: JSON.stringify({ ...common, ...fields(slug, turn, toolUseId) }) };
}

function fields(slug: string, turn: number, toolUseId: string): Record<string, unknown> {
  const command = { command: `npm test -- ${'cart '.repeat(40)}`, description: 'Run the tests' };
  switch (slug) {
    case 'user-prompt-submit':
      return { prompt: `Please fix the rounding of totals, part ${turn}. `.repeat(3) };
    case 'pre-tool-use':
      return { tool_name: 'Bash', tool_input: command, tool_use_id: toolUseId };
    case 'post-tool-use':
      return {
        tool_name: 'Bash',
        tool_input: command,
        tool_use_id: toolUseId,
        tool_response: { stdout: 'ok 1 - total is rounded\n'.repeat(12), stderr: '' },
        duration_ms: 812,
      };
    case 'post-tool-batch':
      return { tool_calls: [{ tool_name: 'Bash', tool_use_id: toolUseId, tool_input: command }] };
    case 'notification':
      return { notification_type: 'idle_prompt', message: 'Claude is waiting for your input' };
    default:
      return { last_assistant_message: 'The totals are rounded now. '.repeat(8) };
  }
}
