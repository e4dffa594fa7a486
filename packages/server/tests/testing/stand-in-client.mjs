/**
 * Stands in for Claude Code in a terminal where a test has to hold it still: draws its prompt box
 * (2.1.197), takes a paste in brackets, and writes each text that Enter submits into a file.
 * Usage: node stand-in-client.mjs <file>
 */
import { appendFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const rule = '─'.repeat(60);
let text = '';

function draw() {
  const rows = text.split('\n').map((row, index) => (index === 0 ? `❯\u00a0${row}` : `  ${row}`));
  const screen = ['● Ready.', '', rule, ...rows, rule, '  ? for shortcuts', ''];
  process.stdout.write(`\u001b[2J\u001b[H${screen.join('\r\n')}`);
}

process.stdin.setRawMode(true);
process.stdin.setEncoding('utf8');
process.stdout.write('\u001b[?2004h');
let pasted = null;
process.stdin.on('data', (chunk) => {
  let rest = String(chunk);
  while (rest !== '') {
    if (pasted === null && rest.startsWith('\u001b[200~')) {
      pasted = '';
      rest = rest.slice(6);
    } else if (pasted !== null) {
      const end = rest.indexOf('\u001b[201~');
      pasted += end === -1 ? rest : rest.slice(0, end);
      rest = end === -1 ? '' : rest.slice(end + 6);
      if (end === -1) continue;
      text += pasted.replaceAll('\r', '\n');
      pasted = null;
    } else {
      const key = rest[0];
      rest = rest.slice(1);
      if (key === '\r') {
        appendFileSync(file, `${JSON.stringify(text)}\n`);
        text = '';
      } else if (key === '\u0015') text = '';
      else if (key === '\u0003') process.exit(0);
      else text += key;
    }
  }
  draw();
});
draw();
