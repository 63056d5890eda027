import { describe, expect, it } from 'vitest'
import { createDrafts, draftLife } from '../../electron/drafts.ts'
import { machine, minute, who } from './workstation.ts'

const keyOf = (fill: number) => Buffer.alloc(32, fill).toString('base64')
const somebody = (id: string, fill = 7) => {
  const it = who()
  return { ...it, person: { ...it.person, id }, sealKey: keyOf(fill) }
}
const ada = somebody('ada')

function open() {
  const drafts = createDrafts({ now: () => machine.time })
  drafts.open(ada)
  return drafts
}

describe('drafts', () => {
  it('are given back to the same person after an end', () => {
    const drafts = open()
    drafts.keep('form', { name: 'Ñandú' })
    drafts.close()
    drafts.open(ada)
    expect(drafts.take('form')).toEqual({ name: 'Ñandú' })
    expect(drafts.take('another')).toBeNull()
  })

  it('are read by nobody while nobody is signed in, and none is kept then', () => {
    const drafts = open()
    drafts.keep('form', 1)
    drafts.close()
    drafts.keep('form', 2)
    drafts.drop('form')
    expect(drafts.take('form')).toBeNull()
    drafts.open(ada)
    expect(drafts.take('form')).toBe(1)
  })

  it('are gone when somebody else signs in, of this workspace or of another', () => {
    const elsewhere = { ...ada, workspace: { ...ada.workspace, id: 'other' } }
    for (const other of [somebody('eva'), elsewhere]) {
      const drafts = open()
      drafts.keep('form', 1)
      drafts.close()
      drafts.open(other)
      drafts.close()
      drafts.open(ada)
      expect(drafts.take('form')).toBeNull()
    }
  })

  it('do not open with another key', () => {
    const drafts = open()
    drafts.keep('form', 1)
    drafts.close()
    drafts.open(somebody('ada', 8))
    expect(drafts.take('form')).toBeNull()
  })

  it('are forgotten 10 minutes after the end, and not before', () => {
    const drafts = open()
    drafts.keep('form', 1)
    // While the session lives it is the idle sign-out that ends it.
    machine.time += 60 * minute
    drafts.close()
    machine.time += draftLife - 1
    drafts.open(ada)
    expect(drafts.take('form')).toBe(1)
    drafts.close()
    machine.time += draftLife
    drafts.open(ada)
    expect(drafts.take('form')).toBeNull()
  })

  it('of many forms: the oldest makes room', () => {
    const drafts = open()
    for (let form = 0; form <= 20; form++) drafts.keep(String(form), form)
    expect([drafts.take('0'), drafts.take('1'), drafts.take('20')]).toEqual([null, 1, 20])
  })
})
