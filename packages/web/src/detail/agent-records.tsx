/** Records of an agent in tabs: state history, conversation, raw hook events. */
import type { AgentView, HookEventView, TransitionView, TurnView } from '@headspace/contract';
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { EventItem } from './event-item.tsx';
import { RecordList } from './record-list.tsx';
import { TransitionItem } from './transition-item.tsx';
import { TurnItem } from './turn-item.tsx';
import { UsageList } from './usage-list.tsx';

const TABS = ['history', 'turns', 'usage', 'events'] as const;
type Tab = (typeof TABS)[number];
const LABELS: Readonly<Record<Tab, string>> = {
  history: 'History',
  turns: 'Conversation',
  usage: 'Usage',
  events: 'Hook events',
};

interface Props {
  agent: AgentView;
  /** An event to show, asked for elsewhere. */
  eventId: number | null;
  onEventShown: () => void;
}

export function AgentRecords({ agent, eventId, onEventShown }: Props) {
  const [tab, setTab] = useState<Tab>('history');
  const panelId = useId();
  useEffect(() => {
    if (eventId !== null) setTab('events');
  }, [eventId]);
  const path = `/api/agents/${agent.id}`;
  return (
    <section>
      <TabList panelId={panelId} tab={tab} setTab={setTab} />
      <div role="tabpanel" id={panelId} aria-labelledby={`${panelId}-${tab}`} className="pt-2">
        {tab === 'history' ? (
          <RecordList<TransitionView, 'transitions'>
            path={`${path}/transitions`}
            field="transitions"
            version={agent}
            empty="No change of state yet."
            render={(item) => <TransitionItem transition={item} />}
          />
        ) : null}
        {tab === 'turns' ? (
          <RecordList<TurnView, 'turns'>
            path={`${path}/turns`}
            field="turns"
            version={agent}
            empty="Nothing has been said yet."
            render={(item) => <TurnItem turn={item} />}
          />
        ) : null}
        {tab === 'usage' ? <UsageList path={`${path}/usage`} version={agent} /> : null}
        {tab === 'events' ? (
          <RecordList<HookEventView, 'events'>
            path={`${path}/events`}
            field="events"
            version={agent}
            empty="No hook event has been received."
            render={(item) => (
              <EventItem event={item} wanted={item.id === eventId} onShown={onEventShown} />
            )}
          />
        ) : null}
      </div>
    </section>
  );
}

interface TabListProps {
  panelId: string;
  tab: Tab;
  setTab: (tab: Tab) => void;
}

function TabList({ panelId, tab, setTab }: TabListProps) {
  return (
    <div role="tablist" aria-label="Records" className="flex gap-1 border-b border-line">
      {TABS.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`${panelId}-${name}`}
          aria-selected={tab === name}
          aria-controls={panelId}
          tabIndex={tab === name ? 0 : -1}
          onClick={() => setTab(name)}
          onKeyDown={(event) => onTabKey(event, name, setTab)}
          className="-mb-px border-b-2 border-transparent px-1.5 py-1.5 text-[0.93rem] whitespace-nowrap text-soft sm:px-2.5 hover:text-ink aria-selected:border-ink aria-selected:font-semibold aria-selected:text-ink"
        >
          {LABELS[name]}
        </button>
      ))}
    </div>
  );
}

function onTabKey(event: KeyboardEvent, tab: Tab, setTab: (tab: Tab) => void): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] ?? 'history';
  setTab(next);
  const buttons = event.currentTarget.parentElement?.querySelectorAll('button');
  buttons?.[TABS.indexOf(next)]?.focus();
}
