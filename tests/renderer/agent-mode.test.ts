import { beforeEach, describe, expect, test } from 'vitest'
import type { AgentMode as Mode } from '../../contract/agent-mode.ts'
import AgentMode from '../../renderer/screens/security/AgentMode.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, description, field, settle, show, text } from './page.ts'

const theSwitch = () => field('Activar Modo agente')
const sent = () => pipe().inputsOf('agentMode.set')
const sendAnswered = (on: boolean) => pipe().answer('agentMode.set', { on, module: 'active' })

async function become(mode: Mode, topic: 'account' | 'modules'): Promise<void> {
  pipe().answer('agentMode.show', mode)
  pipe().emit('data.changed', { topic })
  await settle()
}

beforeEach(() => pipe().answer('agentMode.show', { on: false, module: 'active' }))

describe('agent mode', () => {
  test('it is a switch that says what it means where it stands', async () => {
    await show(AgentMode)
    expect(theSwitch().getAttribute('role')).toBe('switch')
    expect(theSwitch().checked).toBe(false)
    expect(description(theSwitch())).toContain('Igual puedes hacer acciones unitarias')
    sendAnswered(true)
    await click(theSwitch())
    expect(sent()).toEqual([{ on: true }])
    expect(theSwitch().checked).toBe(true)
    expect(description(theSwitch())).toContain('Eres parte de quienes atienden acciones masivas')
  })

  test('it shows the choice before it is answered', async () => {
    await show(AgentMode)
    pipe().hold('agentMode.set')
    await click(theSwitch())
    expect(theSwitch().checked).toBe(true)
    expect(description(theSwitch())).toContain('Eres parte')
  })

  test('a choice that is refused is taken back and told', async () => {
    await show(AgentMode)
    pipe().refuse('agentMode.set', 'offline')
    await click(theSwitch())
    expect(theSwitch().checked).toBe(false)
    expect(theSwitch().getAttribute('aria-checked')).toBe('false')
    expect(text()).toContain('No hay conexión con el servidor.')
    sendAnswered(true)
    await click(theSwitch())
    expect(theSwitch().checked).toBe(true)
    expect(text()).not.toContain('No hay conexión')
  })

  test('two quick changes are sent one after the other, and the last one holds', async () => {
    await show(AgentMode)
    const answer = pipe().hold('agentMode.set')
    await click(theSwitch())
    await click(theSwitch())
    expect(sent()).toEqual([{ on: true }])
    expect(theSwitch().checked).toBe(false)
    sendAnswered(false)
    answer({ on: true, module: 'active' })
    await settle()
    expect(sent()).toEqual([{ on: true }, { on: false }])
    expect(theSwitch().checked).toBe(false)
  })

  test('there and back and there again sends nothing twice', async () => {
    await show(AgentMode)
    const answer = pipe().hold('agentMode.set')
    for (let turn = 0; turn < 3; turn++) await click(theSwitch())
    answer({ on: true, module: 'active' })
    await settle()
    expect(sent()).toEqual([{ on: true }])
    expect(theSwitch().checked).toBe(true)
  })

  test('what is told meanwhile does not move the switch back', async () => {
    await show(AgentMode)
    const answer = pipe().hold('agentMode.set')
    await click(theSwitch())
    await become({ on: false, module: 'active' }, 'account')
    expect(theSwitch().checked).toBe(true)
    answer({ on: true, module: 'active' })
    await settle()
    expect(theSwitch().checked).toBe(true)
  })

  test('it follows a change from another computer', async () => {
    await show(AgentMode)
    await become({ on: true, module: 'active' }, 'account')
    expect(theSwitch().checked).toBe(true)
  })

  test('a failure to read is told and can be tried again', async () => {
    pipe().refuse('agentMode.show', 'offline')
    await show(AgentMode)
    expect(text()).toContain('No hay conexión con el servidor.')
    pipe().answer('agentMode.show', { on: true, module: 'active' })
    await click(button('Reintentar'))
    expect(theSwitch().checked).toBe(true)
  })
})

describe('agent mode without the module Workspace', () => {
  test.each([
    ['inactive', false, 'El módulo Workspace está inactivo'],
    ['hidden', false, 'El módulo Workspace está oculto'],
    ['inactive', true, 'Volverás a atenderlas cuando se active'],
    ['hidden', true, 'Volverás a atenderlas cuando se active'],
  ] as const)('%s, left at %s: it is disabled and says why', async (module, on, words) => {
    pipe().answer('agentMode.show', { on, module })
    await show(AgentMode)
    expect(theSwitch().disabled).toBe(true)
    expect(theSwitch().checked).toBe(on)
    expect(description(theSwitch())).toContain(words)
  })

  test('it goes and comes back with the module, as it was left', async () => {
    await show(AgentMode)
    await become({ on: true, module: 'active' }, 'account')
    await become({ on: true, module: 'inactive' }, 'modules')
    expect([theSwitch().disabled, theSwitch().checked]).toEqual([true, true])
    await become({ on: true, module: 'active' }, 'modules')
    expect([theSwitch().disabled, theSwitch().checked]).toEqual([false, true])
  })

  test('turned off in between, the refusal is told and the switch is disabled', async () => {
    await show(AgentMode)
    pipe().refuse('agentMode.set', 'module-not-active', { module: 'workspace', state: 'hidden' })
    pipe().answer('agentMode.show', { on: false, module: 'hidden' })
    await click(theSwitch())
    expect([theSwitch().disabled, theSwitch().checked]).toEqual([true, false])
    expect(text()).toContain('hace falta un módulo que no está activo')
  })
})
