import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import vuetify from 'vite-plugin-vuetify'

/** One project per side; the real window is driven by Playwright (`playwright.config.ts`). */
export default defineConfig({
  test: {
    // More than the cores there are: the files of the backend mostly wait.
    maxWorkers: 4,
    projects: [
      { test: { name: 'contract', include: ['tests/contract/**/*.test.ts'] } },
      {
        test: {
          name: 'backend',
          include: ['tests/backend/**/*.test.ts'],
          // One PostgreSQL for the run; a database of its own for each file.
          globalSetup: 'tests/support/postgres.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'electron', include: ['tests/electron/**/*.test.ts'] } },
      {
        test: {
          name: 'scripts',
          include: ['tests/scripts/**/*.test.ts'],
          // Some start programs, on a machine that the other tests share.
          testTimeout: 30_000,
        },
      },
      {
        plugins: [vue(), vuetify({ autoImport: true, styles: 'none' })],
        test: {
          name: 'renderer',
          include: ['tests/renderer/**/*.test.ts'],
          environment: 'happy-dom',
          setupFiles: 'tests/renderer/setup.ts',
          server: { deps: { inline: ['vuetify'] } },
        },
      },
    ],
  },
})
