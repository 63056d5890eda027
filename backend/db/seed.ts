import { idleMinutes } from '../../contract/idle.ts'
import type { Grants } from '../../contract/access.ts'
import type { Role } from '../../contract/permissions.ts'
import type { Language } from '../../contract/sessions.ts'
import { hashPassword } from '../passwords.ts'
import type { Database, Tx } from './database.ts'
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

/** A few of the agents have a profile (U5), the others none. */
const demoProfiles: { name: string; grants: Grants; people: readonly string[] }[] = [
  {
    name: 'Supervisión de turno',
    grants: { supervision: ['view', 'edit'], users: ['view'], reports: ['view'], audit: ['view'] },
    people: ['elena.fuentealba@demo.test', 'renata.guimaraes@demo.test'],
  },
  {
    name: 'Campañas',
    grants: {
      campaigns: ['view', 'create', 'edit', 'delete'],
      connectors: ['view'],
      crm: ['view'],
    },
    people: [
      'andres.villalobos@demo.test',
      'sofia.montalvo@demo.test',
      'thiago.nogueira@demo.test',
    ],
  },
]

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
      timeZone: 'America/Santiago',
      email: 'equipo@demo.test',
    })
    // Another process was faster.
    if (!workspaceId) return
    await tx
      .insertInto('users')
      .values(rows.map((row) => ({ ...row, workspace_id: workspaceId })))
      .execute()
    for (const profile of demoProfiles) await addProfile(tx, workspaceId, profile)
  })
}

async function addProfile(
  tx: Tx,
  workspaceId: string,
  { name, grants, people }: (typeof demoProfiles)[number],
): Promise<void> {
  const { id } = await tx
    .insertInto('profiles')
    .values({ workspace_id: workspaceId, name, grants: JSON.stringify(grants) })
    .returning('id')
    .executeTakeFirstOrThrow()
  await tx
    .updateTable('users')
    .set({ access: 'profile', profile_id: id })
    .where('workspace_id', '=', workspaceId)
    .where('email', 'in', people)
    .execute()
}
