export * from './vocabulary.ts';
export * from './agent.ts';
export * from './stream.ts';
export * from './errors.ts';
export * from './config-table.ts';
export * from './prices.ts';
export * from './usage.ts';
export * from './hook-events.ts';
