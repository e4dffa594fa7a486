export * from './vocabulary.ts';
export * from './agent.ts';
export * from './prompt.ts';
export * from './terminal.ts';
export * from './stream.ts';
export * from './errors.ts';
export * from './config-table.ts';
export * from './hook-events.ts';
