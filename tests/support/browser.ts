import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** A browser that has nothing to do with us, for the pages that a mail leads to. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path))
  if (!executablePath)
    throw new Error(
      `These tests need ${names.join(' or ')}. On Debian and Ubuntu npm test installs it.`,
    )
  // Root may not have Chromium's sandbox.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}
