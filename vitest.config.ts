import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: ['packages/testkit/src/postgres-setup.ts'],
    maxWorkers: 2,
    // Many tests start real servers; a machine that has other work to do makes that slow, not wrong.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000, interval: 25 } },
  },
});
