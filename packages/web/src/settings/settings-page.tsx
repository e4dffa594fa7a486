/** The settings: made from the server's table, in groups, with a search. */
import { useEffect, useRef, useState } from 'react';
import type { ConfigProblem, ConfigView } from '@headspace/contract';
import { closePanel } from '../navigation/navigate.ts';
import { PanelLink } from '../navigation/panel-link.tsx';
import { Notice } from '../ui/notice.tsx';
import { SaveBar } from './save-bar.tsx';
import { SettingRow } from './setting-row.tsx';
import { groupsOf } from './settings-form.ts';
import { useSettings } from './use-settings.ts';

export function SettingsPage() {
  const state = useSettings();
  const [search, setSearch] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const { form, view } = state;
  const groups = form ? groupsOf(form.base.settings, search) : [];
  return (
    <article data-testid="settings-page" className="mx-auto max-w-230 pb-24">
      <div className="flex flex-wrap items-center gap-3 px-4 pt-5 pb-3 sm:px-6">
        <h2 ref={heading} tabIndex={-1} className="text-[1.35rem] font-semibold outline-none">
          Settings
        </h2>
        <input
          type="search"
          aria-label="Search the settings"
          placeholder="Search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="field min-w-0 flex-1 basis-40"
        />
        <PanelLink to={{ name: 'personas' }} className="button sm:hidden">
          Personas
        </PanelLink>
        <PanelLink to={{ name: 'keys' }} className="button">
          API keys
        </PanelLink>
        <button type="button" className="button" title="Close ( Esc )" onClick={closePanel}>
          Back to the board
        </button>
      </div>
      {view ? <State view={view} /> : null}
      {state.error && !form ? (
        <p className="px-4 text-soft sm:px-6">{state.error.message}.</p>
      ) : null}
      <div className="flex flex-col gap-5 px-4 pt-3 sm:px-6">
        {groups.map((group) => (
          <section key={group.name} aria-labelledby={`group-${group.name}`}>
            <h3 id={`group-${group.name}`} className="eyebrow mb-1.5">
              {wordsOf(group.name)}
            </h3>
            <ul className="panel overflow-hidden">
              {group.settings.map((setting) =>
                form ? (
                  <SettingRow
                    key={setting.name}
                    setting={setting}
                    form={form}
                    onType={state.type}
                    onTakeTheirs={state.takeTheirs}
                  />
                ) : null,
              )}
            </ul>
          </section>
        ))}
        {form && groups.length === 0 ? (
          <p className="text-soft">No setting fits the search.</p>
        ) : null}
        {view ? (
          <p className="text-[0.87rem] break-words text-faint">
            Kept in <code className="font-mono">{view.file}</code>
            {view.exists ? '' : ', which is made by the first change'}. Comments and everything else
            there stay as they are. Flags and environment variables go before it.
          </p>
        ) : null}
      </div>
      <SaveBar state={state} />
    </article>
  );
}

/** `configFile` → `config file`. */
function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function State({ view }: { view: ConfigView }) {
  const { problems, warnings, restartNeeded } = view;
  return (
    <div className="flex flex-col">
      {problems.length > 0 ? (
        <Notice tone="needs_you">
          <strong className="font-semibold">
            config.yaml has a mistake; the values from before count until it is corrected.
          </strong>
          <Problems problems={problems} />
        </Notice>
      ) : null}
      {warnings.length > 0 ? (
        <Notice tone="stalled">
          <strong className="font-semibold">Parts of config.yaml do not count.</strong>
          <Problems problems={warnings} />
        </Notice>
      ) : null}
      {restartNeeded.length > 0 ? (
        <Notice tone="stalled">
          <strong className="font-semibold">Restart the server</strong> to use the new{' '}
          {restartNeeded.join(', ')}.
        </Notice>
      ) : null}
    </div>
  );
}

function Problems({ problems }: { problems: readonly ConfigProblem[] }) {
  return (
    <ul className="mt-0.5">
      {problems.map(({ path, reason, name, line, column }) => (
        <li key={`${path} ${reason}`} className="break-words">
          {line === null ? path : `Line ${String(line)}, column ${String(column)}`}
          {line !== null && name !== null ? `, ${name}` : ''}: {reason}
        </li>
      ))}
    </ul>
  );
}
