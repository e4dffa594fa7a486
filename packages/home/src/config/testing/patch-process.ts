/**
 * Counts one setting of a config.yaml up, as a process that can be killed:
 *
 *   node patch-process.ts <config.yaml> <setting> <first> <last> <stalled ms>
 *
 * Prints `at <n>` for what it found, `done <n> <ms>` for each patch that was answered, and `lost <n>
 * <found>` where its own setting is not what it wrote last. With first = last it counts from within
 * the section and stops itself there (SIGSTOP), between reading and writing.
 */
import { isSettingName } from '@headspace/contract';
import { decode, readConfigText } from '../config-text.ts';
import { editYaml } from '../edit-yaml.ts';
import { patchConfig } from '../patch-config.ts';
import { leafOf, readConfig } from '../read-config.ts';
import { updateConfigFile } from '../update-config-file.ts';

const [path = '', name = '', from = '', to = '', stalled = ''] = process.argv.slice(2);
if (!isSettingName(name)) throw new Error(`there is no setting ${name}`);
const setting = name;
const file = { path, stalledMs: Number(stalled), timeoutMs: 60_000 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const found = (): number => {
  const leaf = leafOf(readConfig(decode(readConfigText(path))), setting);
  return Number(leaf?.value ?? Number(from) - 1);
};

if (from === to) await stopWithin(Number(to));
else await count(Number(to));

async function count(last: number): Promise<void> {
  let value = found();
  say(`at ${String(value)}`);
  while (value < last) {
    const now = found();
    if (now !== value) say(`lost ${String(value)} ${String(now)}`);
    const started = performance.now();
    value += 1;
    const { kind } = await patchConfig({ ...file, changes: { [setting]: value } });
    if (kind !== 'written') throw new Error(`the patch was ${kind}`);
    say(`done ${String(value)} ${String(Math.round(performance.now() - started))}`);
  }
}

async function stopWithin(value: number): Promise<void> {
  let hasStopped = false;
  await updateConfigFile({
    ...file,
    edit: (current) => {
      const next = editYaml(decode(current), new Map([[setting, value]]));
      if (!hasStopped) {
        hasStopped = true;
        say('stopping');
        process.kill(process.pid, 'SIGSTOP');
      }
      return next;
    },
  });
  say(`done ${String(value)} 0`);
}
