import type { FastifyInstance, FastifyReply } from 'fastify'
import { finderMinLength, type Team } from '../../contract/finder.ts'
import { ProblemError } from '../../contract/problem.ts'
import { type Language, WorkspaceLink } from '../../contract/sessions.ts'
import { z } from '../../contract/zod.ts'
import { findTeams, isSearchable } from '../find-teams.ts'
import { type Html, html } from '../html.ts'
import type { Services } from '../serve.ts'
import { finderTexts } from './finder-texts.ts'
import { appLink, page, sendPage } from './layout.ts'
import { languageOf } from './texts.ts'

/** Longer than any name or address: it is not looked for. */
const longest = 254

const Query = z.object({ q: z.string().trim().max(longest) }).catch({ q: '' })

/** What a search came to. */
type Outcome = { teams: Team[] } | { retryAfterSeconds: number }

const Blocked = z.object({ retryAfterSeconds: z.number() })

/** The public finder (S5): anybody may search, and sees the teams that let themselves be found. */
export function mountFinder(app: FastifyInstance, { db }: Services): void {
  const search = async (query: string, address: string): Promise<Outcome> => {
    try {
      return { teams: await findTeams(db, query, address) }
    } catch (error) {
      const blocked = Blocked.safeParse(error instanceof ProblemError ? error.problem : undefined)
      if (!blocked.success) throw error
      return blocked.data
    }
  }

  app.get('/finder', async (request, reply) => {
    const language = languageOf(request.headers['accept-language'])
    const { q: query } = Query.parse(request.query)
    void reply.header('vary', 'accept-language')
    if (query === '') return show(reply, 200, language, query)
    const outcome = await search(query, request.ip)
    if ('teams' in outcome)
      return show(reply, 200, language, query, answer(language, query, outcome.teams))
    const { retryAfterSeconds: seconds } = outcome
    const refusal = html`<p class="error" role="alert">${finderTexts[language].wait(seconds)}</p>`
    return show(reply.header('retry-after', seconds), 429, language, query, refusal)
  })
}

function show(
  reply: FastifyReply,
  status: number,
  language: Language,
  query: string,
  outcome?: Html,
) {
  const words = finderTexts[language]
  const content = html`<p class="quiet">${words.intro}</p>
    <form action="/finder" role="search">
      <label for="q">${words.query}</label>
      <input
        id="q"
        name="q"
        type="search"
        value="${query}"
        maxlength="${longest}"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        required
        ${!outcome && html`autofocus`}
      />
      <button>${words.submit}</button>
    </form>
    ${outcome}`
  return sendPage(reply, status, page(language, words.title, content))
}

function answer(language: Language, query: string, teams: Team[]): Html {
  const words = finderTexts[language]
  if (!isSearchable(query))
    return html`<p class="error" role="alert">${words.tooShort(finderMinLength)}</p>`
  if (teams.length === 0) return nothing(language, query)
  const items = teams.map(
    ({ link, name }) =>
      html`<li>
        <p><strong>${name}</strong></p>
        <p class="quiet">${words.link}: <strong>${link}</strong></p>
        <a class="button" href="${appLink(link)}" aria-label="${words.open}: ${name}">
          ${words.open}
        </a>
      </li>`,
  )
  return html`<h2>${words.found(teams.length)}</h2>
    <ul class="teams">
      ${items}
    </ul>`
}

/** Nothing is looked up for the offer to use the words as a link: it stands there for every word that could be one. */
function nothing(language: Language, query: string): Html {
  const { nothing: words, asLink, openLink } = finderTexts[language]
  const link = WorkspaceLink.safeParse(query)
  const offer =
    link.success &&
    html`<p>${asLink(link.data)}</p>
      <p><a class="button" href="${appLink(link.data)}">${openLink}</a></p>`
  return html`<h2>${words.text}</h2>
    <p class="quiet">${words.hint}</p>
    ${offer}`
}
