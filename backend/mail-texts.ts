import type { Language } from '../contract/sessions.ts'

/** Everything that mails say. */
export interface Mail {
  kind: 'password-changed'
  to: string
  language: Language
  name: string
  workspace: string
  /** ISO 8601. */
  at: string
}

export interface Text {
  subject: string
  text: string
}

const moment = (language: Language, at: string) =>
  new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(new Date(at)) + ' UTC'

const passwordChanged: Record<Language, (mail: Mail) => Text> = {
  es: ({ name, workspace, at }) => ({
    subject: 'Tu contraseña se ha restablecido',
    text: `Hola, ${name}:

La contraseña de tu cuenta en ${workspace} se restableció el ${moment('es', at)}. Tus otras sesiones se han cerrado.

Si no fuiste tú, avisa cuanto antes a un administrador de tu equipo de trabajo.
`,
  }),
  en: ({ name, workspace, at }) => ({
    subject: 'Your password was changed',
    text: `Hello ${name},

The password of your account in ${workspace} was changed on ${moment('en', at)}. Your other sessions were ended.

If this was not you, tell an administrator of your workspace at once.
`,
  }),
  'pt-BR': ({ name, workspace, at }) => ({
    subject: 'Sua senha foi redefinida',
    text: `Olá, ${name}:

A senha da sua conta em ${workspace} foi redefinida em ${moment('pt-BR', at)}. Suas outras sessões foram encerradas.

Se não foi você, avise imediatamente um administrador da sua equipe de trabalho.
`,
  }),
}

const texts = { 'password-changed': passwordChanged }

export const textOf = (mail: Mail): Text => texts[mail.kind][mail.language](mail)
