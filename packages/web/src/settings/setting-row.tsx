/** One setting: what it is, its field, where its value comes from, and what is wrong with it. */
import type { SettingView } from '@headspace/contract';
import { SettingField } from './setting-field.tsx';
import { fieldText, storedText, type SettingsForm } from './settings-form.ts';

interface Props {
  setting: SettingView;
  form: SettingsForm;
  onType: (name: string, text: string | null) => void;
  /** Takes what somebody else wrote, and gives up what was typed. */
  onTakeTheirs: (name: string) => void;
}

export function SettingRow({ setting, form, onType, onTakeTheirs }: Props) {
  const { name } = setting;
  const draft = form.drafts.get(name);
  const isChanged = draft !== undefined;
  const stored = setting.secret ? '' : storedText(setting);
  const shown = draft === null ? fieldText(setting.default) : (draft ?? stored);
  const error = form.errors.get(name);
  const conflict = form.conflicts.get(name);
  return (
    <li
      data-testid="setting"
      data-name={name}
      data-changed={isChanged || undefined}
      className="grid gap-x-6 gap-y-1.5 border-t border-line px-4 py-3 first:border-0 data-changed:bg-raised sm:grid-cols-[minmax(0,1fr)_minmax(0,18rem)]"
    >
      <div className="min-w-0">
        <label
          htmlFor={`setting-${name}`}
          className="font-mono text-[0.93rem] font-medium break-words"
        >
          {name}
        </label>
        <p id={`help-${name}`} className="text-[0.9rem] text-soft">
          {setting.help} <span className="text-faint">{boundsOf(setting)}</span>
        </p>
      </div>
      <div className="min-w-0">
        <SettingField
          setting={setting}
          text={shown}
          invalid={error !== undefined}
          describedBy={`help-${name} from-${name}${error === undefined ? '' : ` error-${name}`}`}
          onType={(text) => onType(name, text)}
        />
        {error === undefined ? null : (
          <p
            id={`error-${name}`}
            role="alert"
            data-attention="needs_you"
            className="mt-1 text-[0.87rem] text-tone"
          >
            {error}
          </p>
        )}
        {conflict ? <Conflict theirs={conflict} mine={shown} onTakeTheirs={onTakeTheirs} /> : null}
        <p
          id={`from-${name}`}
          className="mt-1 flex flex-wrap items-baseline gap-x-2 text-[0.83rem] text-faint"
        >
          <span className="min-w-0 break-words">
            {isChanged ? changeText(draft) : sourceText(setting)}
          </span>
          {setting.restartNeeded ? <RestartMark /> : null}
          {isChanged ? (
            <button
              type="button"
              className="underline hover:text-ink"
              onClick={() => onType(name, stored)}
            >
              Take back
            </button>
          ) : null}
          {setting.inFile && draft !== null ? (
            <button
              type="button"
              className="underline hover:text-ink"
              onClick={() => onType(name, null)}
            >
              Use the default
            </button>
          ) : null}
        </p>
      </div>
    </li>
  );
}

function RestartMark() {
  return (
    <span data-attention="stalled" className="rounded bg-tint px-1.5 text-tone">
      restart needed
    </span>
  );
}

interface ConflictProps {
  theirs: SettingView;
  mine: string;
  onTakeTheirs: (name: string) => void;
}

/** Both values, and who wins is the person's choice: saving again keeps what was typed. */
function Conflict({ theirs, mine, onTakeTheirs }: ConflictProps) {
  const value = theirs.secret ? 'another one' : theirs.inFile ? storedText(theirs) : 'the default';
  return (
    <div
      role="alert"
      data-attention="limit"
      data-testid="conflict"
      className="mt-1.5 rounded-md bg-tint px-2.5 py-2 text-[0.87rem]"
    >
      <p className="break-words text-tone">Somebody else has changed this meanwhile.</p>
      <p className="mt-0.5 break-words">
        There: <strong className="font-mono font-medium">{value}</strong>. Yours:{' '}
        <strong className="font-mono font-medium">{theirs.secret ? 'as typed' : mine}</strong>.
      </p>
      <p className="mt-1 flex flex-wrap items-center gap-2 text-soft">
        Save again to keep yours, or
        <button type="button" className="button" onClick={() => onTakeTheirs(theirs.name)}>
          Take theirs
        </button>
      </p>
    </div>
  );
}

function changeText(draft: string | null): string {
  return draft === null ? 'Back to the default when saved.' : 'Not saved yet.';
}

function sourceText(setting: SettingView): string {
  const when = setting.live ? 'counts at once' : 'counts after a restart';
  const { source, origin, inFile } = setting;
  if (source === 'default') return `default; ${when}`;
  if (source === 'file') return `from ${origin ?? 'config.yaml'}; ${when}`;
  const over = origin ?? 'the command line';
  const counts = setting.secret ? '' : `: ${fieldText(setting.value) || 'empty'}`;
  return `${over} goes before the file${inFile ? counts : ''}`;
}

function boundsOf({ min, max, default: standard, secret }: SettingView): string {
  const range =
    min !== null && max !== null
      ? `${String(min)} to ${String(max)}. `
      : min !== null
        ? `At least ${String(min)}. `
        : '';
  const text = fieldText(standard);
  return `${range}${secret || text === '' ? '' : `Default ${text}.`}`;
}
