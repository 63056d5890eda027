import type { Language } from '../../contract/sessions.ts'
import type { DeadLink } from './texts.ts'

interface Words {
  title: string
  intro: string
  workspace: string
  gone: string
  submit: string
  hint: string
  done: { title: string; text: string }
  /** What to do about a link that does not work. */
  remedy: Record<Exclude<DeadLink, 'deleting'>, string>
}

const es: Words = {
  title: 'Recuperar el equipo de trabajo',
  intro:
    'Vuelve todo lo que había: usuarios, perfiles, ajustes e historial. Las sesiones no: cada persona inicia sesión otra vez.',
  workspace: 'Espacio de trabajo',
  gone: 'Se borra para siempre',
  submit: 'Recuperar',
  hint: 'Si no haces nada, se borra para siempre en esa fecha.',
  done: {
    title: 'Equipo de trabajo recuperado',
    text: 'Ya no se eliminará. Todos pueden iniciar sesión otra vez.',
  },
  remedy: {
    unknown:
      'Si la fecha que dice el correo ya pasó, el equipo de trabajo se borró para siempre y no se puede recuperar.',
    used: 'Si el equipo de trabajo ya se recuperó, inicia sesión en la aplicación.',
    expired: 'El equipo de trabajo se borra para siempre y no se puede recuperar.',
  },
}

const en: Words = {
  title: 'Recover the workspace',
  intro:
    'All that it held comes back: users, profiles, settings and history. Sessions do not: everybody signs in again.',
  workspace: 'Workspace',
  gone: 'Gone for good',
  submit: 'Recover',
  hint: 'If you do nothing, it is gone for good then.',
  done: {
    title: 'Workspace recovered',
    text: 'It will not be deleted. Everybody can sign in again.',
  },
  remedy: {
    unknown:
      'If the date that the mail gives has passed, the workspace is gone for good and cannot be recovered.',
    used: 'If the workspace was recovered already, sign in in the app.',
    expired: 'The workspace is gone for good and cannot be recovered.',
  },
}

const ptBR: Words = {
  title: 'Recuperar o espaço de trabalho',
  intro:
    'Volta tudo o que havia: usuários, perfis, configurações e histórico. As sessões não: cada pessoa entra novamente.',
  workspace: 'Espaço de trabalho',
  gone: 'Apagado para sempre',
  submit: 'Recuperar',
  hint: 'Se você não fizer nada, ele é apagado para sempre nessa data.',
  done: {
    title: 'Espaço de trabalho recuperado',
    text: 'Ele não será mais excluído. Todos podem entrar novamente.',
  },
  remedy: {
    unknown:
      'Se a data que está no e-mail já passou, o espaço de trabalho foi apagado para sempre e não pode ser recuperado.',
    used: 'Se o espaço de trabalho já foi recuperado, entre no aplicativo.',
    expired: 'O espaço de trabalho é apagado para sempre e não pode ser recuperado.',
  },
}

export const recoveryTexts: Record<Language, Words> = { es, en, 'pt-BR': ptBR }
