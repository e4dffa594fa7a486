/** Operating-system processes of agents. */
export { ProcessWatch, type ProcessWatchOptions } from './processes.ts';
