export * from './vocabulary.ts';
export * from './agent.ts';
export * from './stream.ts';
export * from './errors.ts';
export * from './config-table.ts';
export * from './hook-events.ts';
export * from './config-view.ts';
export * from './describe-setting.ts';
