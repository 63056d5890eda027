import type { Language } from '../contract/sessions.ts'
import { deletionRequested, workspaceRecovered } from './mail-texts-deletion.ts'
import { ownershipGiven, ownershipReceived } from './mail-texts-ownership.ts'
import { moment } from './moment.ts'

interface About {
  /** Whose mail it is: it goes when the workspace goes (S7). */
  workspaceId: string
  to: string
  language: Language
  name: string
  workspace: string
  /** When it was asked for (ISO 8601). */
  at: string
}

/** With a link to one of the public pages, which works until then (ISO 8601). */
interface WithLink {
  path: string
  until: string
}

/** Everything that mails say. */
export type Mail =
  | (About & { kind: 'password-changed' })
  | (About & WithLink & { kind: 'invitation'; by: string })
  | (About & WithLink & { kind: 'reset' })
  | (About & { kind: 'ownership-given'; other: string; role: 'administrator' | 'agent' })
  | (About & { kind: 'ownership-received'; other: string })
  | (About & WithLink & { kind: 'deletion-requested' })
  | (About & { kind: 'workspace-recovered' })

export type MailOf<K extends Mail['kind']> = Extract<Mail, { kind: K }>

/** A mail as it is read, before it is set as text or HTML. */
export interface Letter {
  subject: string
  paragraphs: string[]
  /** The words on the link, where there is one. */
  action?: string
  /** What stands below the link. */
  after?: string[]
}

const passwordChanged: Record<Language, (mail: MailOf<'password-changed'>) => Letter> = {
  es: ({ name, workspace, at }) => ({
    subject: 'Tu contraseña se ha restablecido',
    paragraphs: [
      `Hola, ${name}:`,
      `La contraseña de tu cuenta en ${workspace} se restableció el ${moment('es', at)}. Tus otras sesiones se han cerrado.`,
      'Si no fuiste tú, avisa cuanto antes a un administrador de tu espacio de trabajo.',
    ],
  }),
  en: ({ name, workspace, at }) => ({
    subject: 'Your password was changed',
    paragraphs: [
      `Hello ${name},`,
      `The password of your account in ${workspace} was changed on ${moment('en', at)}. Your other sessions were ended.`,
      'If this was not you, tell an administrator of your workspace at once.',
    ],
  }),
  'pt-BR': ({ name, workspace, at }) => ({
    subject: 'Sua senha foi redefinida',
    paragraphs: [
      `Olá, ${name}:`,
      `A senha da sua conta em ${workspace} foi redefinida em ${moment('pt-BR', at)}. Suas outras sessões foram encerradas.`,
      'Se não foi você, avise imediatamente um administrador do seu espaço de trabalho.',
    ],
  }),
}

const invitation: Record<Language, (mail: MailOf<'invitation'>) => Letter> = {
  es: ({ name, workspace, by, until }) => ({
    subject: `Te invitaron a ${workspace} en Atalaya`,
    paragraphs: [
      `Hola, ${name}:`,
      `${by} te invita al espacio de trabajo ${workspace}. Elige tu contraseña para empezar.`,
    ],
    action: 'Elegir mi contraseña',
    after: [
      `El enlace sirve una sola vez, hasta el ${moment('es', until)}. No lo compartas con nadie.`,
      'Si no esperabas esta invitación, no hace falta que hagas nada.',
    ],
  }),
  en: ({ name, workspace, by, until }) => ({
    subject: `You are invited to ${workspace} on Atalaya`,
    paragraphs: [
      `Hello ${name},`,
      `${by} invites you to the workspace ${workspace}. Choose your password to begin.`,
    ],
    action: 'Choose my password',
    after: [
      `The link works once, until ${moment('en', until)}. Do not share it with anybody.`,
      'If you did not expect this invitation, there is nothing you need to do.',
    ],
  }),
  'pt-BR': ({ name, workspace, by, until }) => ({
    subject: `Você recebeu um convite para ${workspace} no Atalaya`,
    paragraphs: [
      `Olá, ${name}:`,
      `${by} convida você para o espaço de trabalho ${workspace}. Escolha sua senha para começar.`,
    ],
    action: 'Escolher minha senha',
    after: [
      `O link funciona uma única vez, até ${moment('pt-BR', until)}. Não o compartilhe com ninguém.`,
      'Se você não esperava este convite, não precisa fazer nada.',
    ],
  }),
}

const reset: Record<Language, (mail: MailOf<'reset'>) => Letter> = {
  es: ({ name, workspace, until }) => ({
    subject: 'Restablecer tu contraseña',
    paragraphs: [
      `Hola, ${name}:`,
      `Alguien pidió restablecer la contraseña de tu cuenta en ${workspace}. Si fuiste tú, elige una nueva.`,
    ],
    action: 'Elegir una contraseña nueva',
    after: [
      `El enlace sirve una sola vez, hasta el ${moment('es', until)}. Al usarlo se cierran todas tus sesiones.`,
      'Si no fuiste tú, ignora este mensaje: tu contraseña sigue siendo la misma.',
    ],
  }),
  en: ({ name, workspace, until }) => ({
    subject: 'Choose a new password',
    paragraphs: [
      `Hello ${name},`,
      `Somebody asked for a new password for your account in ${workspace}. If it was you, choose one.`,
    ],
    action: 'Choose a new password',
    after: [
      `The link works once, until ${moment('en', until)}. Using it ends all your sessions.`,
      'If it was not you, ignore this message: your password stays as it is.',
    ],
  }),
  'pt-BR': ({ name, workspace, until }) => ({
    subject: 'Redefinir sua senha',
    paragraphs: [
      `Olá, ${name}:`,
      `Alguém pediu para redefinir a senha da sua conta em ${workspace}. Se foi você, escolha uma nova.`,
    ],
    action: 'Escolher uma nova senha',
    after: [
      `O link funciona uma única vez, até ${moment('pt-BR', until)}. Ao usá-lo, todas as suas sessões são encerradas.`,
      'Se não foi você, ignore esta mensagem: sua senha continua a mesma.',
    ],
  }),
}

/** What a mail says, in the language of whom it goes to. */
export function letterOf(mail: Mail): Letter {
  switch (mail.kind) {
    case 'password-changed':
      return passwordChanged[mail.language](mail)
    case 'invitation':
      return invitation[mail.language](mail)
    case 'reset':
      return reset[mail.language](mail)
    case 'ownership-given':
      return ownershipGiven[mail.language](mail)
    case 'ownership-received':
      return ownershipReceived[mail.language](mail)
    case 'deletion-requested':
      return deletionRequested[mail.language](mail)
    case 'workspace-recovered':
      return workspaceRecovered[mail.language](mail)
  }
}
