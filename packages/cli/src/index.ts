/** What the server uses of the command line: the spool and the hook script. */
export {
  flushSpool,
  parseSpooled,
  spoolStatus,
  type FlushOptions,
  type FlushResult,
  type SpooledEvent,
  type SpoolStatus,
} from './hooks/spool.ts';
export { hookScript, installScript, SCRIPT_VERSION, writeHookUrl } from './hooks/script.ts';
