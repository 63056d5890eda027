import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import vuetify from 'vite-plugin-vuetify'

/** Milliseconds for one test: on a busy machine a property takes its time, and a test that hangs still ends. */
const testTimeout = 30_000

/** One project per side; the real window is driven by Playwright (`playwright.config.ts`). */
export default defineConfig({
  test: {
    // More than the cores there are: the files of the backend mostly wait.
    maxWorkers: 4,
    projects: [
      { test: { name: 'contract', include: ['tests/contract/**/*.test.ts'], testTimeout } },
      {
        test: {
          name: 'backend',
          include: ['tests/backend/**/*.test.ts'],
          // One PostgreSQL for the run; a database of its own for each file.
          globalSetup: 'tests/support/postgres.ts',
          testTimeout,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'electron', include: ['tests/electron/**/*.test.ts'], testTimeout } },
      {
        test: {
          name: 'scripts',
          include: ['tests/scripts/**/*.test.ts'],
          // Some start programs, on a machine that the other tests share.
          testTimeout,
        },
      },
      {
        plugins: [vue(), vuetify({ autoImport: true, styles: 'none' })],
        test: {
          name: 'renderer',
          include: ['tests/renderer/**/*.test.ts'],
          environment: 'happy-dom',
          testTimeout,
          setupFiles: 'tests/renderer/setup.ts',
          server: { deps: { inline: ['vuetify'] } },
        },
      },
    ],
  },
})
