import type { FastifyReply } from 'fastify'
import type { Language } from '../../contract/sessions.ts'
import { hashSource, Html, html } from '../html.ts'

// The colours of the app (`renderer/theme.ts`), by the system's choice of light or dark.
const style = `
:root { color-scheme: light dark; --ground: #f4f6f7; --card: #ffffff; --ink: #17212b; --quiet: #55636e;
  --line: #7c8a94; --accent: #0a6570; --on-accent: #ffffff; --error: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0e1418; --card: #161e24; --ink: #e7edf1; --quiet: #a5b2bc; --line: #6d7b86;
    --accent: #6fd0dc; --on-accent: #06242a; --error: #ffb4ab }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { width: 100%; max-width: 460px; padding: 32px; background: var(--card); border-radius: 16px }
h1 { margin: 0 0 8px; font-size: 1.5rem; line-height: 1.25 }
h2 { margin: 32px 0 8px; font-size: 1.125rem; line-height: 1.25 }
.brand { margin: 0 0 24px; color: var(--accent); font-weight: 600 }
.quiet { color: var(--quiet) }
dl { margin: 16px 0; display: grid; grid-template-columns: auto 1fr; gap: 4px 16px }
dt { color: var(--quiet) }
dd { margin: 0; overflow-wrap: anywhere }
label { display: block; margin: 16px 0 4px; font-weight: 600 }
input { width: 100%; padding: 12px; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: 8px }
input[readonly] { border-color: transparent; padding-left: 0; padding-top: 0 }
input[aria-invalid] { border-color: var(--error) }
.error { margin: 4px 0 0; color: var(--error) }
form + .error { margin-top: 16px }
ul { margin: 8px 0 0; padding-left: 20px; color: var(--quiet) }
.teams { list-style: none; padding: 0; color: inherit }
.teams li { padding: 16px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere }
.teams p { margin: 0 }
.teams .button { margin-top: 8px }
button, .button { display: inline-block; margin-top: 24px; padding: 12px 20px; font: inherit; font-weight: 600;
  color: var(--on-accent); background: var(--accent); border: 0; border-radius: 8px; text-decoration: none; cursor: pointer }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
`

// As it is hashed: not a space more.
const styleElement = new Html(`<style>${style}</style>`)

/** No script, no other style, no frame; the form goes back to where it came from. */
const pagePolicy = [
  "default-src 'none'",
  `style-src ${hashSource(style)}`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Answers with a page. */
export const sendPage = (reply: FastifyReply, status: number, text: string) =>
  reply
    .status(status)
    .header('content-security-policy', pagePolicy)
    .type('text/html; charset=utf-8')
    .send(text)

/** A whole page. */
export const page = (language: Language, title: string, content: Html): string =>
  html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Atalaya</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <p class="brand">Atalaya</p>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `.text

/** Opens the app at the sign-in of a workspace. */
export const appLink = (workspace: string) =>
  `atalaya://open?workspace=${encodeURIComponent(workspace)}`
