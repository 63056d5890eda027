import { randomUUID } from 'node:crypto'
import type { AccessInput, AccessOutput } from '../../contract/access.ts'
import type { Permission, Person, Role } from '../../contract/permissions.ts'
import type { Database } from '../../backend/db/database.ts'
import { accessValues } from '../../backend/db/people.ts'
import { hashPassword } from '../../backend/passwords.ts'
import { call, password, signIn, type TestBackend } from './backend.ts'

let sharedHash: Promise<string> | undefined
let added = 0

export interface AddedPerson {
  id: string
  email: string
  name: string
}

/** A person of a workspace, who has `password`; by default an active agent without access. */
export async function addPerson(
  db: Database,
  workspaceId: string,
  it: { name?: string; role?: Role; access?: AccessInput; state?: 'active' | 'deactivated' } = {},
): Promise<AddedPerson> {
  sharedHash ??= hashPassword(password)
  const { role = 'agent', access = { kind: 'none' }, state = 'active' } = it
  const id = randomUUID()
  const number = ++added
  const { name = `Person ${number}` } = it
  const email = `p${number}@people.test`
  await db
    .insertInto('users')
    .values({
      ...{ id, name, email, role, state, language: 'en', ...accessValues(access) },
      workspace_id: workspaceId,
      password_hash: await sharedHash,
    })
    .execute()
  return { id, email, name }
}

export async function addProfile(
  db: Database,
  workspaceId: string,
  grants: object,
  name: string = randomUUID(),
): Promise<string> {
  const { id } = await db
    .insertInto('profiles')
    .values({ workspace_id: workspaceId, name, grants: JSON.stringify(grants) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Calls routes as one person. */
export async function as(url: string, email: string, workspace = 'acme') {
  const { token, id } = await signIn(url, { workspace, email })
  const ask = (name: Parameters<typeof call>[1], input: Record<string, unknown> = {}) =>
    call(url, name, input, token)
  return Object.assign(ask, { token, sessionId: id })
}

/** What `users.create` and `users.update` take, but for who it is. */
export const newUser = (it: Record<string, unknown> = {}) => ({
  name: 'Ana Pérez',
  email: `${randomUUID()}@new.test`,
  role: 'agent',
  language: 'es',
  access: { kind: 'none' },
  hours: null,
  ...it,
})

const grantsOf = ({ module, action }: Permission) => ({ [module]: [action] })

/** Adds a person who is signed in, and says what `decide` has to be told of them. */
export async function addSomebody(
  { db, url }: Pick<TestBackend, 'db' | 'url'>,
  workspaceId: string,
  role: 'administrator' | 'agent',
  access: AccessInput | Permission,
) {
  const given: AccessOutput =
    'kind' in access && access.kind !== 'profile'
      ? access
      : {
          kind: 'profile',
          name: 'A',
          grants: 'module' in access ? grantsOf(access) : {},
          profileId: await addProfile(db, workspaceId, 'module' in access ? grantsOf(access) : {}),
        }
  const { email, id } = await addPerson(db, workspaceId, { role, access: given })
  const ask = await as(url, email)
  return { ask, id, email, person: { role, access: given, moduleStates: {} } satisfies Person }
}
