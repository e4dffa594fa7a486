/**
 * docs/api.md is what typedoc makes of the docstrings. To write it anew:
 *
 *   UPDATE_DOCS=1 npx vitest run packages/lock/src/api-doc.test.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';

const PACKAGE = path.resolve(import.meta.dirname, '..');
const ROOT = path.resolve(PACKAGE, '../..');
const PAGE = path.join(PACKAGE, 'docs', 'api.md');

it('docs/api.md says what the docstrings say', async () => {
  const made = await generate();
  if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, made);
  expect(readFileSync(PAGE, 'utf8')).toBe(made);
});

async function generate(): Promise<string> {
  const out = mkdtempSync(path.join(tmpdir(), 'lock-api-'));
  try {
    const typedoc = path.join(ROOT, 'node_modules/typedoc/bin/typedoc');
    const args = [typedoc, '--logLevel', 'Warn', '--out', out];
    execFileSync(process.execPath, args, { cwd: PACKAGE, stdio: 'pipe' });
    const text = readFileSync(path.join(out, 'README.md'), 'utf8');
    return await format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE });
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
