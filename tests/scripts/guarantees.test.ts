import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inProject } from '../../scripts/commands.ts'

/** What `docs/session-guarantees.md` names as proofs: `file › name`. */
const proofs = [
  ...readFileSync(inProject('docs/session-guarantees.md'), 'utf8').matchAll(
    /`([a-z]+\/[a-z-]+) › ([^`]+)`/g,
  ),
].map(([, file = '', name = '']) => ({ file: inProject(`tests/${file}.test.ts`), name }))

test('every test that the guarantees name is there, under that name', () => {
  expect(proofs.length).toBeGreaterThan(50)
  const missing = proofs.filter(({ file, name }) => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    return !name.split('…').every((part) => text.includes(part))
  })
  expect(missing).toEqual([])
})
