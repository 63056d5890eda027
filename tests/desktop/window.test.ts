import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inProject } from '../../scripts/commands.ts'
import { demoPassword } from '../../backend/db/seed.ts'
import { type Desktop, expect, fillSignIn, shot, signIn, test } from './fixtures.ts'
import { words } from './words.ts'

/** A server on this machine that counts who comes. */
async function counter(body: string): Promise<{ url: string; hits: () => number; server: Server }> {
  let hits = 0
  const server = createServer((_request, response) => {
    hits += 1
    response.writeHead(200, { 'content-type': 'text/html', 'access-control-allow-origin': '*' })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Listening on a port, it has an address of this kind.
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, hits: () => hits, server }
}

const windows = ({ app }: Desktop) =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)

test.describe('the window', () => {
  test('is sandboxed, isolated, without Node, on its own protocol', async ({ desktop }) => {
    const { app, page } = desktop
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      // Not in Electron's types, but in every Electron: what the window really runs with.
      const running = contents as unknown as { getLastWebPreferences(): Record<string, unknown> }
      const { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag } =
        running.getLastWebPreferences()
      return { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag }
    })
    expect(preferences).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    })
    expect(new URL(page.url()).protocol).toBe('app:')
    const seen = await page.evaluate(() => ({
      node: ['require', 'process', 'module', 'Buffer', 'global'].filter((it) => it in window),
      pipe: Object.keys(window.atalaya).sort(),
    }))
    expect(seen).toEqual({ node: [], pipe: ['call', 'on'] })
  })

  test('has a policy that allows nothing but its own files, with a fresh nonce on each load', async ({
    desktop: { page },
  }) => {
    const policies: string[] = []
    page.on('response', (response) => {
      const policy = response.headers()['content-security-policy']
      if (policy && response.request().resourceType() === 'document') policies.push(policy)
    })
    await page.reload()
    await page.reload()
    await expect.poll(() => policies.length).toBe(2)
    for (const policy of policies) {
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("connect-src 'none'")
      expect(policy).not.toContain('unsafe')
    }
    expect(policies[0]).not.toBe(policies[1])
  })

  test('connects to nobody: no fetch, socket, image, frame, form or beacon', async ({
    desktop: { page },
  }) => {
    const { url, hits, server } = await counter('x')
    const outcome = await page.evaluate(async (target) => {
      const failed = (it: Promise<unknown>) =>
        it.then(
          () => 'came through',
          () => 'failed',
        )
      const image = new Promise((resolve, reject) => {
        const it = Object.assign(new Image(), { onload: resolve, onerror: reject })
        it.src = `${target}/image`
      })
      const socket = new Promise((resolve, reject) => {
        const it = new WebSocket(target.replace('http', 'ws'))
        it.onopen = resolve
        it.onerror = reject
      })
      const frame = document.createElement('iframe')
      frame.src = `${target}/frame`
      const script = Object.assign(document.createElement('script'), { src: `${target}/script` })
      const style = document.createElement('style')
      style.textContent = `body { background: url(${target}/style) }`
      document.body.append(frame, script, style)
      navigator.sendBeacon(`${target}/beacon`, 'x')
      const form = Object.assign(document.createElement('form'), { action: target, method: 'post' })
      document.body.append(form)
      form.submit()
      return Promise.all([failed(fetch(target)), failed(image), failed(socket)])
    }, url)
    expect(outcome).toEqual(['failed', 'failed', 'failed'])
    await page.waitForTimeout(500)
    expect(hits()).toBe(0)
    expect(new URL(page.url()).protocol).toBe('app:')
    server.close()
  })

  test('runs no script that it did not bring: neither eval nor an inline one', async ({
    desktop: { page },
  }) => {
    const inline = await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.append(script)
      return 'ran' in window
    })
    expect(inline).toBe(false)
    const policy = await page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) =>
            resolve(event.effectiveDirective),
          )
          const element = document.createElement('div')
          element.setAttribute('onclick', 'window.ran = true')
          document.body.append(element)
          element.click()
        }),
    )
    expect(policy).toBe('script-src-attr')
  })

  test('goes nowhere else, and opens no other window', async ({ desktop }) => {
    const { page } = desktop
    const { url, hits, server } = await counter('<title>elsewhere</title>')
    await page.evaluate((target) => {
      window.open(target)
      const link = Object.assign(document.createElement('a'), { href: target, target: '_blank' })
      document.body.append(link)
      link.click()
      location.href = target
    }, url)
    await page.waitForTimeout(500)
    expect(new URL(page.url()).protocol).toBe('app:')
    expect(await windows(desktop)).toBe(1)
    expect(hits()).toBe(0)
    server.close()
  })

  test('is granted no permission', async ({ desktop: { page } }) => {
    const answers = await page.evaluate(async () => {
      const refused = (it: Promise<unknown>) =>
        it.then(
          () => 'granted',
          () => 'refused',
        )
      return {
        notifications: await Notification.requestPermission(),
        camera: await refused(navigator.mediaDevices.getUserMedia({ video: true, audio: true })),
        place: await refused(
          new Promise((resolve, reject) =>
            navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: 3000 }),
          ),
        ),
        clipboard: await refused(navigator.clipboard.readText()),
      }
    })
    expect(answers).toEqual({
      notifications: 'denied',
      camera: 'refused',
      place: 'refused',
      clipboard: 'refused',
    })
  })

  test('main answers only its own page, only calls it knows, only input of the right form', async ({
    desktop,
  }) => {
    const { app, page } = desktop
    await signIn(page, 'owner@demo.test')
    const ask = (name: string, input: unknown) =>
      page.evaluate(([call, data]) => window.atalaya.call(String(call), data), [name, input])
    const refusal = (code: string) => ({
      ok: false,
      problem: { type: `urn:atalaya:problem:${code}` },
    })

    // Among them those that carry the token, and what every object has.
    for (const name of [
      'sessions.create',
      'sessions.current',
      'nothing',
      'constructor',
      '__proto__',
    ])
      expect(await ask(name, {}), name).toMatchObject(refusal('unknown-call'))
    for (const minutes of [0, 121, 1.5, 'x', null])
      expect(await ask('workspace.setIdle', { minutes }), String(minutes)).toMatchObject(
        refusal('invalid-input'),
      )
    expect(await ask('account.show', { more: 1 })).toMatchObject(refusal('invalid-input'))
    expect(await ask('account.show', 'text')).toMatchObject(refusal('invalid-input'))

    const forged = await app.evaluate(async ({ BrowserWindow }, preload) => {
      const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } })
      // Even with our own page in it, it is not the window that main opened.
      await other.loadURL('app://atalaya/')
      // What the other window answers is only compared.
      return (await other.webContents.executeJavaScript(
        `window.atalaya.call('account.show', {})`,
      )) as unknown
    }, inProject('dist/electron/preload.cjs'))
    expect(forged).toMatchObject(refusal('untrusted-sender'))
  })

  test('says in words that the server which answered is not an Atalaya backend', async ({
    openDesktop,
  }) => {
    const { url, server } = await counter('<!doctype html><title>Portal</title>')
    const { page } = await openDesktop({ backend: url })
    await fillSignIn(page, 'owner@demo.test', demoPassword)
    await expect(page.getByText(words('problems.bad-answer'))).toBeVisible()
    await shot(page, 'bad-answer')
    server.close()
  })
})
