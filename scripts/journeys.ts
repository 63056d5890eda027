import { type Outcome, run, tool } from './commands.ts'
import { virtualDisplay } from './display.ts'
import { withKeyring } from './keyring.ts'

/**
 * Runs Playwright with a display and a session bus with an unlocked keyring of its own, and `folder` as
 * its home. What it says is shown.
 */
export async function journeys(
  folder: string,
  dist: string,
  env: NodeJS.ProcessEnv,
  { args = [] as string[], minutes = 15 } = {},
): Promise<Outcome> {
  const display = await virtualDisplay()
  const outcome = await run(
    'dbus-run-session',
    [...withKeyring, tool('playwright'), 'test', ...args],
    {
      show: true,
      timeout: minutes * 60_000,
      env: {
        ...process.env,
        DISPLAY: display.name,
        HOME: folder,
        XDG_RUNTIME_DIR: folder,
        ELECTRON_OVERRIDE_DIST_PATH: dist,
        ...env,
      },
    },
  )
  display.stop()
  return outcome
}
