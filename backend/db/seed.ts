import { idleMinutes } from '../../contract/idle.ts'
import type { Role } from '../../contract/permissions.ts'
import type { Language } from '../../contract/sessions.ts'
import { hashPassword } from '../passwords.ts'
import type { Database } from './database.ts'
import { createWorkspace } from './workspaces.ts'

interface DemoPerson {
  email: string
  name: string
  role: Role
  language: Language
}

/** Of every demo person, unless the environment says otherwise (`ATALAYA_DEMO_PASSWORD`). */
export const demoPassword = 'Atalaya-2026'

export const demoPeople: readonly DemoPerson[] = [
  { email: 'owner@demo.test', name: 'Beatriz Salvatierra', role: 'owner', language: 'es' },
  { email: 'admin@demo.test', name: 'Tomás Echeverría', role: 'administrator', language: 'es' },
  { email: 'agent@demo.test', name: 'Lucía Navarrete', role: 'agent', language: 'es' },
  ...[
    'Andrés Villalobos',
    'Carmen Ibáñez',
    'Diego Quintana',
    'Elena Fuentealba',
    'Fernanda Orozco',
    'Gonzalo Pizarro',
    'Inés Carrasco',
    'Joaquín Belmonte',
    'Marisol Cifuentes',
    'Nicolás Urrutia',
    'Paloma Arriagada',
    'Ramiro Escobedo',
    'Sofía Montalvo',
    'Valentina Larraín',
  ].map((name) => agent(name, 'es')),
  ...[
    'João Figueiredo',
    'Larissa Albuquerque',
    'Mateus Cavalcanti',
    'Renata Guimarães',
    'Thiago Nogueira',
    'Vitória Sampaio',
  ].map((name) => agent(name, 'pt-BR')),
]

function agent(name: string, language: Language): DemoPerson {
  const plain = name.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
  return { email: `${plain.replaceAll(' ', '.')}@demo.test`, name, role: 'agent', language }
}

/** The demo workspace with its people, all with one password. Does nothing where it exists already. */
export async function seedDemo(db: Database, password: string): Promise<void> {
  const link = 'demo'
  const existing = await db.selectFrom('workspaces').where('link', '=', link).select('id').execute()
  if (existing.length > 0) return

  const rows = await Promise.all(
    demoPeople.map(async (person) => ({ ...person, password_hash: await hashPassword(password) })),
  )
  await db.transaction().execute(async (tx) => {
    const workspaceId = await createWorkspace(tx, {
      link,
      name: 'Contact Center Demo',
      licences: 5,
      idleMinutes: idleMinutes.default,
    })
    // Another process was faster.
    if (!workspaceId) return
    await tx
      .insertInto('users')
      .values(rows.map((row) => ({ ...row, workspace_id: workspaceId })))
      .execute()
  })
}
