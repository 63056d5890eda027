import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { passwordRules } from '../../contract/passwords.ts'
import type { Language } from '../../contract/sessions.ts'
import { z } from '../../contract/zod.ts'
import { html } from '../html.ts'
import type { PasswordLinkKind } from '../mail-links.ts'
import { flawOf } from '../new-password.ts'
import type { Services } from '../serve.ts'
import { mountFinder } from './finder.ts'
import { appLink, page, sendPage } from './layout.ts'
import { choosePassword, findLink, type Link } from './password-links.ts'
import { mountRecovery } from './recovery.ts'
import { type DeadLink, languageOf, texts } from './texts.ts'

/** What an address is logged as: the token in it is a secret. */
export const withoutToken = (path: string) =>
  path.replace(/^\/(invitation|password|recovery)\/(?!forgotten$).+/, '/$1/…')

/**
 * The few public web pages: what a mail links to (U2, U3, S7), and the finder (S5). No script, any
 * browser.
 */
export async function mountPages(app: FastifyInstance, services: Services): Promise<void> {
  await app.register((pages, _options, done) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 8 * 1024 },
      (_request, body, parsed) =>
        parsed(null, Object.fromEntries(new URLSearchParams(body.toString()))),
    )
    pages.setErrorHandler<FastifyError>((error, request, reply) => {
      request.log.error({ err: error }, 'a page failed')
      const language = languageOf(request.headers['accept-language'])
      const { title, text } = texts[language].failed
      return sendPage(reply, error.statusCode ?? 500, page(language, title, html`<p>${text}</p>`))
    })
    mountPage(pages, services, 'invitation', '/invitation/:token')
    mountPage(pages, services, 'reset', '/password/:token')
    mountFinder(pages, services)
    mountRecovery(pages, services)
    done()
  })
}

const Params = z.object({ token: z.string() })
const Form = z.object({ password: z.string(), repeat: z.string() })

function mountPage(
  app: FastifyInstance,
  services: Services,
  kind: PasswordLinkKind,
  url: string,
): void {
  const { db } = services
  const open = async (request: FastifyRequest, reply: FastifyReply) => {
    const link = await findLink(db, kind, Params.parse(request.params).token)
    if (link && !link.dead) return link
    const language = link?.language ?? languageOf(request.headers['accept-language'])
    deadPage(reply, language, kind, link?.dead ?? 'unknown')
    return undefined
  }

  app.get(url, async (request, reply) => {
    const link = await open(request, reply)
    return link ? formPage(reply, link) : reply
  })

  app.post(url, async (request, reply) => {
    const link = await open(request, reply)
    if (!link) return reply
    const { password, repeat } = Form.catch({ password: '', repeat: '' }).parse(request.body)
    const errors = await errorsOf(link, password, repeat)
    if (errors.password !== null || errors.repeat !== null) return formPage(reply, link, errors)
    const chosen = await choosePassword(services, link, password, request.ip)
    return chosen ? donePage(reply, link) : deadPage(reply, link.language, kind, 'used')
  })
}

interface Errors {
  password: string | null
  repeat: string | null
}

async function errorsOf(link: Link, password: string, repeat: string): Promise<Errors> {
  const reason = await reasonOf(link, password)
  const differ = reason === null && password !== repeat
  return { password: reason, repeat: differ ? texts[link.language].mismatch : null }
}

/** What is wrong with the password, in words. */
async function reasonOf(link: Link, password: string): Promise<string | null> {
  const words = texts[link.language]
  const flaw = await flawOf(password, link)
  switch (flaw?.kind) {
    case undefined:
      return null
    case 'too-long':
      return words.tooLong
    case 'guessable':
      return words.guessable[flaw.reason]
    case 'rules': {
      const unmet = flaw.unmet.map((rule) => words.rule[rule])
      return words.unmet(new Intl.ListFormat(link.language).format(unmet))
    }
  }
}

function formPage(reply: FastifyReply, link: Link, errors?: Errors) {
  const words = texts[link.language]
  const field = (name: 'password' | 'repeat', label: string, first: boolean) => {
    const error = errors?.[name] ?? null
    const described = [name === 'password' && 'rules', error !== null && `${name}-error`]
    return html`<label for="${name}">${label}</label>
      <input
        id="${name}"
        name="${name}"
        type="password"
        autocomplete="new-password"
        required
        aria-describedby="${described.filter(Boolean).join(' ')}"
        ${error !== null && html`aria-invalid="true"`}
        ${(first || error !== null) && html`autofocus`}
      />
      ${error !== null && html`<p class="error" id="${name}-error" role="alert">${error}</p>`}`
  }
  const rules = passwordRules.map(({ id }) => html`<li>${words.rule[id]}</li>`)
  const content = html`<p class="quiet">${words.intro[link.kind]}</p>
    <dl>
      <dt>${words.workspace}</dt>
      <dd>${link.workspace_name}</dd>
    </dl>
    <form method="post" novalidate>
      <label for="username">${words.email}</label>
      <input
        id="username"
        name="username"
        type="email"
        autocomplete="username"
        value="${link.email}"
        readonly
      />
      ${field('password', words.password, errors?.repeat == null)}
      <div id="rules">
        <p class="quiet">${words.rules}</p>
        <ul>
          ${rules}
        </ul>
      </div>
      ${field('repeat', words.repeat, false)}
      <button>${words.submit}</button>
    </form>`
  return sendPage(reply, errors ? 422 : 200, page(link.language, words.title[link.kind], content))
}

function donePage(reply: FastifyReply, link: Link) {
  const { title, text, open, hint } = texts[link.language].done
  const content = html`<p>${text[link.kind]}</p>
    <p><a class="button" href="${appLink(link.workspace_link)}">${open}</a></p>
    <p class="quiet">${hint}</p>`
  return sendPage(reply, 200, page(link.language, title, content))
}

function deadPage(reply: FastifyReply, language: Language, kind: PasswordLinkKind, dead: DeadLink) {
  const { title, text } = texts[language].dead[dead]
  const content = html`<p>${text}</p>
    <p>${texts[language].remedy[kind]}</p>`
  return sendPage(reply, dead === 'unknown' ? 404 : 410, page(language, title, content))
}
