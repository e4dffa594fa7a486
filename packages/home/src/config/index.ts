/** Reading and changing `config.yaml`. */
export { decode, decodeLoosely, readConfigText, type ConfigText } from './config-text.ts';
export { ConfigSyntaxError } from './read-config.ts';
export { checkChanges, patchConfig, type PatchOptions, type PatchOutcome } from './patch-config.ts';
export { ConfigBusyError, updateConfigFile, type UpdateOptions } from './update-config-file.ts';
