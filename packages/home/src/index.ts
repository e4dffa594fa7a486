/** What every program of one person's Headspace shares on one machine: its folder and its settings. */
export * from './home.ts';
export * from './settings.ts';
export * from './fs-error.ts';
export * from './spool.ts';
export * from './config/index.ts';
