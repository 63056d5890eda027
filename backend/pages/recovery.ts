import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from '../../contract/zod.ts'
import type { Database } from '../db/database.ts'
import { goneAt, isLost } from '../db/deletion.ts'
import { html } from '../html.ts'
import { moment } from '../moment.ts'
import { recover } from '../recovery.ts'
import type { Services } from '../serve.ts'
import { hashToken } from '../tokens.ts'
import { appLink, page, sendPage } from './layout.ts'
import { recoveryTexts } from './recovery-texts.ts'
import { type DeadLink, languageOf, texts } from './texts.ts'

const url = '/recovery/:token'
const Params = z.object({ token: z.string() })

/** The page on which an owner takes the deletion of their workspace back (S7). */
export function mountRecovery(app: FastifyInstance, services: Services): void {
  const find = (request: FastifyRequest) =>
    findRecovery(services.db, Params.parse(request.params).token)

  app.get(url, async (request, reply) => {
    const link = await find(request)
    return link && !link.dead ? askPage(reply, link) : deadPage(request, reply, link)
  })

  app.post(url, async (request, reply) => {
    const link = await find(request)
    if (!link || link.dead) return deadPage(request, reply, link)
    const done = await services.db
      .transaction()
      .execute((tx) => recover(tx, services, link.owner, request.ip))
    return done ? donePage(reply, link) : deadPage(request, reply, await find(request))
  })
}

/**
 * Whom a link was mailed to, and whether it still works: by how the workspace stands, and not by the
 * clock alone, which may have been moved since.
 */
async function findRecovery(db: Database, token: string) {
  const row = await db
    .selectFrom('mail_links as l')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .innerJoin('workspaces as w', 'w.id', 'l.workspace_id')
    .where('l.token_hash', '=', hashToken(token))
    .where('l.kind', '=', 'recovery')
    .select(['l.closed_at', goneAt.as('gone_at'), isLost.as('lost')])
    .select(['u.id as user_id', 'u.name', 'u.email', 'u.language', 'u.role'])
    .select(['w.id as workspace_id', 'w.link', 'w.name as workspace'])
    .executeTakeFirst()
  if (!row) return undefined
  const { language, workspace, link, gone_at: gone } = row
  const used = row.closed_at !== null || gone === null || row.role !== 'owner'
  const dead: Exclude<DeadLink, 'deleting'> | null = used ? 'used' : row.lost ? 'expired' : null
  const { user_id: userId, workspace_id: workspaceId, name, email } = row
  const owner = { id: userId, workspaceId, name, email, language }
  return { language, workspace, link, gone, owner, dead }
}

type Recovery = NonNullable<Awaited<ReturnType<typeof findRecovery>>>

function askPage(reply: FastifyReply, { language, workspace, gone }: Recovery) {
  const words = recoveryTexts[language]
  const content = html`<p>${words.intro}</p>
    <dl>
      <dt>${words.workspace}</dt>
      <dd>${workspace}</dd>
      <dt>${words.gone}</dt>
      <dd>${gone && moment(language, gone.toISOString())}</dd>
    </dl>
    <p class="quiet">${words.hint}</p>
    <form method="post">
      <button>${words.submit}</button>
    </form>`
  return sendPage(reply, 200, page(language, words.title, content))
}

function donePage(reply: FastifyReply, { language, link }: Recovery) {
  const { title, text } = recoveryTexts[language].done
  const { open, hint } = texts[language].done
  const content = html`<p>${text}</p>
    <p><a class="button" href="${appLink(link)}">${open}</a></p>
    <p class="quiet">${hint}</p>`
  return sendPage(reply, 200, page(language, title, content))
}

function deadPage(request: FastifyRequest, reply: FastifyReply, link: Recovery | undefined) {
  const language = link?.language ?? languageOf(request.headers['accept-language'])
  const dead = link ? (link.dead ?? 'used') : 'unknown'
  const { title, text } = texts[language].dead[dead]
  const content = html`<p>${text}</p>
    <p>${recoveryTexts[language].remedy[dead]}</p>`
  return sendPage(reply, dead === 'unknown' ? 404 : 410, page(language, title, content))
}
