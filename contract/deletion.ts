import { route } from './route.ts'
import { Email, Language, WorkspaceLink } from './sessions.ts'
import { z } from './zod.ts'

const owner = { roles: ['owner'] } as const

/** Days during which a deleted workspace can be recovered, whole but for its sessions (S7). */
export const recoveryDays = 7

/** What has to be typed, in the language of the interface, to the letter. */
export const deletionWords = {
  es: 'Eliminar',
  en: 'Delete',
  'pt-BR': 'Excluir',
} as const satisfies Record<Language, string>

export const deletion = {
  'deletion.export': route({
    method: 'POST',
    path: '/workspace/export',
    need: owner,
    answers: 'zip',
    mainOnly: true,
    summary:
      'Everything that the workspace holds but secrets, as JSON and as CSV, in one ZIP archive.',
    input: z.strictObject({}),
    output: z.never(),
  }),

  'deletion.request': route({
    method: 'POST',
    path: '/workspace/deletion',
    need: owner,
    summary: `Deletes the workspace (S7): all sessions end; for ${recoveryDays} days its owner can recover it.`,
    input: z.strictObject({
      language: Language,
      /** The word of the language. */
      confirmation: z.string().max(100),
      password: z.string().min(1).max(1024),
    }),
    output: z.object({
      /** When it is gone for good (ISO 8601). */
      deletesAt: z.iso.datetime(),
    }),
  }),

  'deletion.recover': route({
    method: 'POST',
    path: '/workspaces/:link/recovery',
    need: 'anyone',
    summary: 'Recovers a workspace that is being deleted, for its owner; signs nobody in.',
    input: z.strictObject({
      link: WorkspaceLink,
      email: Email,
      password: z.string().min(1).max(1024),
    }),
    output: z.object({}),
  }),
}
