/** Agents' terminals: what their screens prove beside hooks and files. */
export { TmuxWatchdog, type TmuxWatchdogOptions } from './tmux-watchdog.ts';
