import type { Language } from '../contract/sessions.ts'
import type { Letter, MailOf } from './mail-texts.ts'
import { moment } from './moment.ts'

/** What the former owner is told (S4): also the warning, if it was not them. */
export const ownershipGiven: Record<Language, (mail: MailOf<'ownership-given'>) => Letter> = {
  es: ({ name, workspace, other, role, at }) => ({
    subject: `Transferiste el rol de owner de ${workspace}`,
    paragraphs: [
      `Hola, ${name}:`,
      `${other} es owner de ${workspace} desde el ${moment('es', at)}. Tu rol es ahora ${role === 'administrator' ? 'administrador' : 'agente'}.`,
      `Si no fuiste tú, avisa cuanto antes a ${other} y restablece tu contraseña.`,
    ],
  }),
  en: ({ name, workspace, other, role, at }) => ({
    subject: `You transferred the ownership of ${workspace}`,
    paragraphs: [
      `Hello ${name},`,
      `${other} has been the owner of ${workspace} since ${moment('en', at)}. Your role is now ${role}.`,
      `If this was not you, tell ${other} at once and change your password.`,
    ],
  }),
  'pt-BR': ({ name, workspace, other, role, at }) => ({
    subject: `Você transferiu a função de owner de ${workspace}`,
    paragraphs: [
      `Olá, ${name}:`,
      `${other} é owner de ${workspace} desde ${moment('pt-BR', at)}. Sua função agora é ${role === 'administrator' ? 'administrador' : 'agente'}.`,
      `Se não foi você, avise ${other} imediatamente e redefina sua senha.`,
    ],
  }),
}

/** What the new owner is told (S4). */
export const ownershipReceived: Record<Language, (mail: MailOf<'ownership-received'>) => Letter> = {
  es: ({ name, workspace, other, at }) => ({
    subject: `Ahora eres owner de ${workspace}`,
    paragraphs: [
      `Hola, ${name}:`,
      `${other} te transfirió el rol de owner de ${workspace} el ${moment('es', at)}. Puedes usar todos los módulos, y eres la única persona que puede transferir el rol o eliminar el equipo de trabajo.`,
      'No hace falta que vuelvas a iniciar sesión.',
    ],
  }),
  en: ({ name, workspace, other, at }) => ({
    subject: `You are now the owner of ${workspace}`,
    paragraphs: [
      `Hello ${name},`,
      `${other} transferred the ownership of ${workspace} to you on ${moment('en', at)}. You may use every module, and you alone can transfer the ownership or delete the workspace.`,
      'You do not need to sign in again.',
    ],
  }),
  'pt-BR': ({ name, workspace, other, at }) => ({
    subject: `Agora você é owner de ${workspace}`,
    paragraphs: [
      `Olá, ${name}:`,
      `${other} transferiu a você a função de owner de ${workspace} em ${moment('pt-BR', at)}. Você pode usar todos os módulos e é a única pessoa que pode transferir a função ou excluir o espaço de trabalho.`,
      'Você não precisa entrar novamente.',
    ],
  }),
}
