/** The keys, in a native dialog: it keeps the focus and closes on Escape by itself. */
import { useEffect, useRef } from 'react';
import { helpShown } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';

const KEYS: readonly (readonly [string[], string])[] = [
  [['j', 'k'], 'next, previous agent'],
  [['←', '→', '↑', '↓'], 'move among the cards'],
  [['Enter', 'o'], 'why: open the details'],
  [['m'], 'message: write to the agent'],
  [['Esc'], 'close, back to the board'],
  [['n'], 'new agent'],
  [['/'], 'filter'],
  [['?'], 'these keys'],
];

export function HelpDialog() {
  const shown = useStore(helpShown, (value) => value);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      onClose={() => helpShown.set(false)}
      onClick={(event) => event.target === dialog.current && helpShown.set(false)}
      className="m-auto w-[min(24rem,calc(100vw-2rem))] rounded-xl border border-line bg-surface p-0 text-ink backdrop:bg-black/40"
    >
      <div className="p-5">
        <h2 id="help-title" className="text-[1.1rem] font-semibold">
          Keys
        </h2>
        <dl className="mt-3 flex flex-col gap-2">
          {KEYS.map(([keys, meaning]) => (
            <div key={meaning} className="flex items-center justify-between gap-4">
              <dt className="text-soft">{meaning}</dt>
              <dd className="flex gap-1">
                {keys.map((key) => (
                  <kbd key={key} className="kbd">
                    {key}
                  </kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        <form method="dialog" className="mt-5 flex justify-end">
          <button className="button">Close</button>
        </form>
      </div>
    </dialog>
  );
}
