import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Two cores are the reference machine; forks because tests start worker threads and change signal handlers. */
const config: ViteUserConfig = defineConfig({
  // The checkout's own `shrike/strategy` is its source; without this it is the package's built file.
  resolve: { conditions: ['shrike-source'] },
  ssr: { resolve: { conditions: ['shrike-source'], externalConditions: ['shrike-source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/fixtures/compile-once.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: ['default'],
  },
});

// arch-ok: vitest reads the default export
export default config;
