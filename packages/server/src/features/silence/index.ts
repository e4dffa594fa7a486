/** What long silence means. */
export { doubtSilent, type SilenceOptions } from './silence.ts';
