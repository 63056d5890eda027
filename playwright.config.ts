import { defineConfig } from '@playwright/test'

/** The journeys in the real window (`npm test` gives them a display, a session bus and a keyring). */
export default defineConfig({
  testDir: 'tests/desktop',
  // `scripts/measure-session.ts` has figures to collect, and nothing to prove.
  testMatch: process.env['ATALAYA_MEASURE'] ? '*.measure.ts' : '*.test.ts',
  globalSetup: './tests/desktop/setup.ts',
  // Most of the time of the long ones is waiting, so one more than the cores there are.
  workers: 3,
  fullyParallel: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env['CI']),
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] ? [['list'], ['json']] : 'list',
})
