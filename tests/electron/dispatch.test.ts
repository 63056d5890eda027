import { describe, expect, it, vi } from 'vitest'
import { codeOf, type Reply } from '../../contract/problem.ts'
import { createDispatch, type LocalHandlers } from '../../electron/dispatch.ts'

function bridge(local: Partial<LocalHandlers> = {}) {
  const ask = vi.fn(() => Promise.resolve<Reply<unknown>>({ ok: true, data: 'from the backend' }))
  const check = vi.fn()
  const unexpected = () => {
    throw new Error('token=abc')
  }
  const dispatch = createDispatch({
    ask,
    check,
    local: {
      'app.start': unexpected,
      'preferences.set': (it) => it,
      'session.signIn': unexpected,
      'session.signOut': unexpected,
      'session.lock': unexpected,
      'session.wait': unexpected,
      'session.stopWaiting': unexpected,
      'session.takeSeat': unexpected,
      'files.save': unexpected,
      'workspace.export': unexpected,
      'notice.dismiss': () => null,
      'drafts.keep': unexpected,
      'drafts.take': unexpected,
      'drafts.drop': unexpected,
      ...local,
    },
  })
  const code = async (name: unknown, input: unknown) => {
    const reply = await dispatch(name, input)
    return reply.ok ? 'ok' : codeOf(reply.problem)
  }
  return { dispatch, code, ask, check }
}

describe('the bridge', () => {
  it('answers what main knows itself', async () => {
    const preferences = { theme: 'dark', language: 'es' }
    expect(await bridge().dispatch('preferences.set', preferences)).toEqual({
      ok: true,
      data: preferences,
    })
  })

  it('passes a route on with its parsed input', async () => {
    const { dispatch, ask } = bridge()
    await dispatch('workspace.find', { link: ' DEMO ' })
    expect(ask).toHaveBeenCalledWith('workspace.find', { link: 'demo' })
  })

  it('refuses names that are no calls, also those that every object has', async () => {
    const { code, ask } = bridge()
    for (const name of ['nothing', 'toString', '__proto__', 'constructor', '', 7, null, {}])
      expect(await code(name, {})).toBe('unknown-call')
    expect(ask).not.toHaveBeenCalled()
  })

  it('refuses the routes that carry a token, or a file', async () => {
    const { code, ask } = bridge()
    for (const name of [
      'sessions.create',
      'sessions.current',
      'sessions.report',
      'sessions.end',
      'seats.wait',
      'seats.leave',
      'seats.take',
      'deletion.export',
    ])
      expect(await code(name, {})).toBe('unknown-call')
    expect(ask).not.toHaveBeenCalled()
  })

  it('refuses input of another form, and tells which field', async () => {
    const { dispatch, code } = bridge()
    for (const minutes of [0, 121, 1.5, 'x', null, undefined])
      expect(await code('workspace.setIdle', { minutes })).toBe('invalid-input')
    for (const input of [null, undefined, 'x', [], { link: 'demo', more: 1 }])
      expect(await code('workspace.find', input)).toBe('invalid-input')
    const reply = await dispatch('workspace.setIdle', { minutes: 0 })
    expect(reply).toMatchObject({ ok: false, problem: { errors: [{ path: 'minutes' }] } })
  })

  it('looks at the deadline before it answers', async () => {
    const order: string[] = []
    const { dispatch, check } = bridge({ 'notice.dismiss': () => (order.push('call'), null) })
    check.mockImplementation(() => order.push('check'))
    await dispatch('notice.dismiss', {})
    expect(order).toEqual(['check', 'call'])
  })

  it('tells nothing of what broke inside', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
    const reply = await bridge().dispatch('app.start', {})
    expect(reply).toMatchObject({ ok: false, problem: { type: 'urn:atalaya:problem:internal' } })
    expect(JSON.stringify([reply, log.mock.calls])).not.toContain('abc')
    log.mockRestore()
  })
})
