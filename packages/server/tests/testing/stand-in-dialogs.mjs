/**
 * Stands in for Claude Code in permission dialogs (2.1.197) where a test has to hold it still. Shows
 * one dialog for each command, writes each key into a file, and goes on to the next dialog at
 * SIGUSR1 only: so slow a client shows a dialog long after its answer.
 * Usage: node stand-in-dialogs.mjs <file> <command>...
 */
import { appendFileSync } from 'node:fs';

const [file, ...commands] = process.argv.slice(2);
const rule = '─'.repeat(60);
let shown = 0;

function draw() {
  const command = commands[shown];
  const rows =
    command === undefined
      ? [rule, '❯\u00a0', rule, '  ? for shortcuts']
      : [
          rule,
          ' Bash command',
          `   ${command}`,
          '   Run a command',
          ' This command requires approval',
          ' Do you want to proceed?',
          ' ❯ 1. Yes',
          '   2. Yes, and don’t ask again for: rm *',
          '   3. No',
          ' Esc to cancel · ctrl+e to explain',
        ];
  process.stdout.write(`\u001b[2J\u001b[H${rows.join('\r\n')}`);
}

process.stdin.setRawMode(true);
process.stdin.setEncoding('utf8');
process.stdin.on('data', (keys) => appendFileSync(file, `${JSON.stringify(String(keys))}\n`));
process.on('SIGUSR1', () => {
  shown += 1;
  draw();
});
draw();
