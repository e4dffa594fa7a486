/** The tables of docs/spec/agent-state.md say what the code does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTENTIONS, COMMAND_STATES } from '@headspace/contract';
import { expect, test } from 'vitest';
import { COMMAND_SIGNALS, commandStep } from './command-state.ts';

const TEXT = readFileSync(
  join(import.meta.dirname, '../../../../docs/spec/agent-state.md'),
  'utf8',
).replaceAll(/ +/g, ' ');

test('the command table has every cell', () => {
  const head = `| from | ${COMMAND_SIGNALS.map((signal) => `\`${signal}\``).join(' | ')} |`;
  const rows = COMMAND_STATES.map((state) => {
    const cells = COMMAND_SIGNALS.map((signal) => {
      const { to, action } = commandStep(state, signal);
      return action === 'none' ? to : `${action} ${to}`;
    });
    return `| \`${state}\` | ${cells.join(' | ')} |`;
  });
  for (const row of [head, ...rows]) expect(TEXT).toContain(row);
});

test('the rules stand in the order of the code', () => {
  const code = readFileSync(join(import.meta.dirname, 'attention.ts'), 'utf8');
  const rules = [...code.matchAll(/^ {2}\['([a-z-]+)', /gm)].map(([, name]) => name);
  const shown = [...TEXT.matchAll(/^\| `([a-z-]+)` \| .* \| `(\w+)` \|$/gm)];
  expect(rules.length).toBeGreaterThan(10);
  expect(shown.map(([, name]) => name)).toEqual([...rules, 'none']);
  for (const [, , attention] of shown) expect(ATTENTIONS).toContain(attention);
});
