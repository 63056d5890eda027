import type { Language } from '../contract/sessions.ts'
import type { Letter, MailOf } from './mail-texts.ts'
import { moment } from './moment.ts'

/** The workspace is being deleted (S7); `until` is when it is gone for good. */
export const deletionRequested: Record<Language, (mail: MailOf<'deletion-requested'>) => Letter> = {
  es: ({ name, workspace, at, until }) => ({
    subject: `${workspace} se está eliminando`,
    paragraphs: [
      `Hola, ${name}:`,
      `El ${moment('es', at)} pediste eliminar el equipo de trabajo ${workspace}. Todas las sesiones se han cerrado y nadie puede entrar.`,
      `Puedes recuperarlo hasta el ${moment('es', until)}, con todo lo que tenía menos las sesiones. Después se borra para siempre.`,
    ],
    action: 'Recuperar el equipo de trabajo',
    after: [
      'También puedes recuperarlo al iniciar sesión con tu correo y tu contraseña. No compartas el enlace con nadie.',
      'Si no fuiste tú, recupéralo y cambia tu contraseña cuanto antes.',
    ],
  }),
  en: ({ name, workspace, at, until }) => ({
    subject: `${workspace} is being deleted`,
    paragraphs: [
      `Hello ${name},`,
      `On ${moment('en', at)} you asked for the workspace ${workspace} to be deleted. All sessions were ended, and nobody can sign in.`,
      `You can recover it until ${moment('en', until)}, with all that it held but the sessions. Then it is gone for good.`,
    ],
    action: 'Recover the workspace',
    after: [
      'You can also recover it when you sign in with your e-mail address and password. Do not share the link with anybody.',
      'If this was not you, recover it and change your password at once.',
    ],
  }),
  'pt-BR': ({ name, workspace, at, until }) => ({
    subject: `${workspace} está sendo excluído`,
    paragraphs: [
      `Olá, ${name}:`,
      `Em ${moment('pt-BR', at)} você pediu para excluir o espaço de trabalho ${workspace}. Todas as sessões foram encerradas e ninguém pode entrar.`,
      `Você pode recuperá-lo até ${moment('pt-BR', until)}, com tudo o que tinha menos as sessões. Depois ele é apagado para sempre.`,
    ],
    action: 'Recuperar o espaço de trabalho',
    after: [
      'Você também pode recuperá-lo ao entrar com seu e-mail e sua senha. Não compartilhe o link com ninguém.',
      'Se não foi você, recupere-o e altere sua senha imediatamente.',
    ],
  }),
}

/** The workspace is there again. */
export const workspaceRecovered: Record<Language, (mail: MailOf<'workspace-recovered'>) => Letter> =
  {
    es: ({ name, workspace, at }) => ({
      subject: `${workspace} se ha recuperado`,
      paragraphs: [
        `Hola, ${name}:`,
        `El equipo de trabajo ${workspace} se recuperó el ${moment('es', at)} y ya no se eliminará. Todos pueden iniciar sesión otra vez.`,
        'Si no fuiste tú, cambia tu contraseña cuanto antes.',
      ],
    }),
    en: ({ name, workspace, at }) => ({
      subject: `${workspace} was recovered`,
      paragraphs: [
        `Hello ${name},`,
        `The workspace ${workspace} was recovered on ${moment('en', at)} and will not be deleted. Everybody can sign in again.`,
        'If this was not you, change your password at once.',
      ],
    }),
    'pt-BR': ({ name, workspace, at }) => ({
      subject: `${workspace} foi recuperado`,
      paragraphs: [
        `Olá, ${name}:`,
        `O espaço de trabalho ${workspace} foi recuperado em ${moment('pt-BR', at)} e não será mais excluído. Todos podem entrar novamente.`,
        'Se não foi você, altere sua senha imediatamente.',
      ],
    }),
  }
