import { execFileSync } from 'node:child_process'
import { demoPassword } from '../../backend/db/seed.ts'
import { inProject } from '../../scripts/commands.ts'
import { contentOf, expect, fillSignIn, signIn, test, type } from './fixtures.ts'
import { words } from './words.ts'

test.describe('secrets', () => {
  test('no token and no password in a log, on the disk of the workstation, or in the page', async ({
    openDesktop,
    backend,
  }) => {
    const [wrong, next] = ['Mistyped-2026', 'Nueva-Clave-2027']
    const desktop = await openDesktop({ env: { ELECTRON_ENABLE_LOGGING: '1' } })
    const { page } = desktop
    await fillSignIn(page, 'agent@demo.test', wrong)
    await expect(page.getByText(words('problems.bad-credentials'))).toBeVisible()
    await signIn(page, 'agent@demo.test')
    await page.getByRole('button', { name: words('password.reset') }).click()
    await type(page, words('password.current'), demoPassword)
    await type(page, words('password.next'), next)
    await type(page, words('password.repeat'), next)
    await page.getByRole('button', { name: words('actions.save') }).click()
    await expect(page.getByText(words('password.done'))).toBeVisible()

    await expect.poll(() => desktop.keychainEntry()).not.toBeNull()
    const entry: unknown = JSON.parse((await desktop.keychainEntry()) ?? '{}')
    const token = entry && typeof entry === 'object' && 'token' in entry ? String(entry.token) : ''
    expect(token.length).toBeGreaterThanOrEqual(43)
    const inPage = await page.evaluate(() =>
      [document.documentElement.outerHTML, JSON.stringify([localStorage, sessionStorage])].join(),
    )
    await desktop.close()

    // The logs are there at all: the sign-ins are in them.
    expect(backend.log()).toContain('/sessions')
    const places = {
      backend: backend.log(),
      desktop: desktop.log(),
      disk: contentOf(desktop.userData),
      page: inPage,
    }
    for (const [place, text] of Object.entries(places))
      for (const secret of [token, wrong, next, demoPassword])
        expect(text.includes(secret), `a secret in: ${place}`).toBe(false)
  })

  test('the demo password stands in the seed and in tests only', () => {
    const found = execFileSync('git', ['grep', '--untracked', '-l', '-F', demoPassword], {
      cwd: inProject('.'),
      encoding: 'utf8',
    })
    const elsewhere = found
      .split('\n')
      .filter((path) => path && path !== 'backend/db/seed.ts' && !path.startsWith('tests/'))
    expect(elsewhere).toEqual([])
  })
})
