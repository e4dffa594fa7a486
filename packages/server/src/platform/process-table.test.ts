import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { processTable } from './process-table.ts';

const TABLE = fileURLToPath(new URL('process-table.ts', import.meta.url));

describe.skipIf(!existsSync('/proc/self/stat'))('one look at the process table', () => {
  test('knows a process by pid and start, and that it has gone in the next look', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    const start = processTable.procStart(pid);
    for (let round = 0; round < 2; round++) {
      const look = processTable.look();
      expect(look.presence(pid, start)).toBe('alive');
      expect(look.presence(pid, '1')).toBe('absent');
      expect(look.tree(process.pid)).toContainEqual(
        expect.objectContaining({ pid, parent: process.pid, procStart: start }),
      );
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    const look = processTable.look();
    expect(look.presence(pid, start)).toBe('absent');
    expect(look.tree(pid)).toEqual([]);
  });

  test('a process that began after the look is found by it all the same', () => {
    const look = processTable.look();
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    expect(look.presence(child.pid ?? 0, processTable.procStart(child.pid ?? 0))).toBe('alive');
    child.kill('SIGKILL');
  });

  test('where no file can be opened any more, presence is unknown and not absent', () => {
    const script = `
      import { openSync } from 'node:fs';
      const { processTable } = await import(${JSON.stringify(TABLE)});
      try { for (;;) openSync('/dev/null'); } catch {}
      const look = processTable.look();
      console.log(processTable.presence(process.pid, '1'), look.presence(1, null), look.all());`;
    const command = 'ulimit -n 64; exec "$0" --input-type=module -e "$1"';
    const output = execFileSync('sh', ['-c', command, process.execPath, script], {
      encoding: 'utf8',
    });
    expect(output.trim()).toBe('unknown unknown null');
  });
});
