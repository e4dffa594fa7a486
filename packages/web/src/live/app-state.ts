/** The one connection of this page, and what the person is doing with the board. */
import { NO_FILTER, type AgentFilter } from '../model/agent-list.ts';
import { createApi } from '../net/api.ts';
import { setServerTime } from './clock.ts';
import { Connection } from '../net/connection.ts';
import { createStore } from '../model/store.ts';

export const api = createApi();
export const connection = new Connection(api, { onServerTime: setServerTime });

/** The card that keys act on; also the only one in the tab order. */
export const selectedAgent = createStore<number | null>(null);
export const agentFilter = createStore<AgentFilter>(NO_FILTER);
export const endedShown = createStore(false);
/** The agent whose message field is to take the focus as soon as it is there. */
export const composerWanted = createStore<number | null>(null);
export const helpShown = createStore(false);
export const newAgentShown = createStore(false);
