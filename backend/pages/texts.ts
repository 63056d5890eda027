import { passwordMaxLength, type PasswordRule } from '../../contract/passwords.ts'
import type { Guessable } from '../../contract/problem.ts'
import type { Language } from '../../contract/sessions.ts'
import type { PasswordLinkKind } from '../mail-links.ts'

/** Why a link does not work; `deleting`: for as long as the workspace is being deleted (S7). */
export type DeadLink = 'unknown' | 'used' | 'expired' | 'deleting'

interface Words {
  title: Record<PasswordLinkKind, string>
  intro: Record<PasswordLinkKind, string>
  workspace: string
  email: string
  password: string
  repeat: string
  rules: string
  rule: Record<PasswordRule, string>
  submit: string
  unmet: (rules: string) => string
  tooLong: string
  guessable: Record<Guessable, string>
  mismatch: string
  done: { title: string; text: Record<PasswordLinkKind, string>; open: string; hint: string }
  dead: Record<DeadLink, { title: string; text: string }>
  /** What to do about it. */
  remedy: Record<PasswordLinkKind, string>
  failed: { title: string; text: string }
}

const es: Words = {
  title: { invitation: 'Elige tu contraseña', reset: 'Elige una contraseña nueva' },
  intro: {
    invitation: 'Con ella entrarás a Atalaya.',
    reset: 'Al guardarla se cerrarán todas tus sesiones.',
  },
  workspace: 'Espacio de trabajo',
  email: 'Correo electrónico',
  password: 'Contraseña',
  repeat: 'Repite la contraseña',
  rules: 'La contraseña necesita:',
  rule: {
    length: 'al menos 8 caracteres',
    upper: 'una letra mayúscula',
    lower: 'una letra minúscula',
    'number-or-symbol': 'un número o un símbolo',
  },
  submit: 'Guardar la contraseña',
  unmet: (rules) => `A la contraseña le falta: ${rules}.`,
  tooLong: `La contraseña puede tener como máximo ${passwordMaxLength} caracteres.`,
  guessable: {
    common: 'Esta contraseña es de las más usadas y se adivina enseguida. Elige otra.',
    personal: 'La contraseña no puede ser tu nombre ni tu correo electrónico. Elige otra.',
  },
  mismatch: 'Las dos contraseñas no coinciden.',
  done: {
    title: 'Contraseña guardada',
    text: {
      invitation: 'Tu cuenta está lista. Inicia sesión en la aplicación Atalaya.',
      reset: 'Todas tus sesiones se cerraron. Inicia sesión con la contraseña nueva.',
    },
    open: 'Abrir Atalaya',
    hint: 'Si no se abre nada, inicia la aplicación tú mismo. Ya puedes cerrar esta página.',
  },
  dead: {
    unknown: {
      title: 'Este enlace no es válido',
      text: 'Comprueba que la dirección esté completa, tal como llegó en el correo.',
    },
    used: {
      title: 'Este enlace ya no sirve',
      text: 'Ya se usó, o se envió otro más reciente. Mira si tienes un correo posterior.',
    },
    expired: { title: 'Este enlace ha caducado', text: 'Solo servía durante un tiempo.' },
    deleting: {
      title: 'El equipo de trabajo se está eliminando',
      text: 'Mientras tanto nadie puede entrar. Si se recupera, este enlace volverá a servir hasta que caduque.',
    },
  },
  remedy: {
    invitation:
      'Si ya elegiste tu contraseña, inicia sesión en la aplicación. Si no, pide a un administrador que te envíe la invitación otra vez.',
    reset:
      'Si todavía no puedes entrar, pide un enlace nuevo en la aplicación, con «¿Olvidaste tu contraseña?».',
  },
  failed: {
    title: 'No se pudo completar',
    text: 'Algo falló por nuestra parte y no se cambió nada. Vuelve a intentarlo en un momento.',
  },
}

const en: Words = {
  title: { invitation: 'Choose your password', reset: 'Choose a new password' },
  intro: {
    invitation: 'You will sign in to Atalaya with it.',
    reset: 'Saving it ends all your sessions.',
  },
  workspace: 'Workspace',
  email: 'E-mail address',
  password: 'Password',
  repeat: 'Repeat the password',
  rules: 'The password needs:',
  rule: {
    length: 'at least 8 characters',
    upper: 'an upper-case letter',
    lower: 'a lower-case letter',
    'number-or-symbol': 'a number or a symbol',
  },
  submit: 'Save the password',
  unmet: (rules) => `The password lacks: ${rules}.`,
  tooLong: `The password can have at most ${passwordMaxLength} characters.`,
  guessable: {
    common: 'This is one of the most common passwords, and easy to guess. Choose another.',
    personal: 'The password cannot be your name or your e-mail address. Choose another.',
  },
  mismatch: 'The two passwords differ.',
  done: {
    title: 'Password saved',
    text: {
      invitation: 'Your account is ready. Sign in in the Atalaya app.',
      reset: 'All your sessions were ended. Sign in with the new password.',
    },
    open: 'Open Atalaya',
    hint: 'If nothing opens, start the app yourself. You can close this page.',
  },
  dead: {
    unknown: {
      title: 'This link is not valid',
      text: 'See whether the address is complete, as it stood in the mail.',
    },
    used: {
      title: 'This link does not work any more',
      text: 'It was used already, or a newer one was sent. See whether you have a later mail.',
    },
    expired: { title: 'This link has expired', text: 'It worked for some time only.' },
    deleting: {
      title: 'The workspace is being deleted',
      text: 'Nobody can sign in meanwhile. If it is recovered, this link works again until it expires.',
    },
  },
  remedy: {
    invitation:
      'If you have chosen your password, sign in in the app. If not, ask an administrator to send the invitation again.',
    reset:
      'If you still cannot sign in, ask for a new link in the app, with “Forgot your password?”.',
  },
  failed: {
    title: 'This could not be done',
    text: 'Something failed on our side, and nothing was changed. Try again in a moment.',
  },
}

const ptBR: Words = {
  title: { invitation: 'Escolha sua senha', reset: 'Escolha uma nova senha' },
  intro: {
    invitation: 'Com ela você entrará no Atalaya.',
    reset: 'Ao salvá-la, todas as suas sessões serão encerradas.',
  },
  workspace: 'Espaço de trabalho',
  email: 'E-mail',
  password: 'Senha',
  repeat: 'Repita a senha',
  rules: 'A senha precisa de:',
  rule: {
    length: 'pelo menos 8 caracteres',
    upper: 'uma letra maiúscula',
    lower: 'uma letra minúscula',
    'number-or-symbol': 'um número ou um símbolo',
  },
  submit: 'Salvar a senha',
  unmet: (rules) => `Falta na senha: ${rules}.`,
  tooLong: `A senha pode ter no máximo ${passwordMaxLength} caracteres.`,
  guessable: {
    common: 'Esta é uma das senhas mais usadas e fácil de adivinhar. Escolha outra.',
    personal: 'A senha não pode ser seu nome nem seu e-mail. Escolha outra.',
  },
  mismatch: 'As duas senhas não coincidem.',
  done: {
    title: 'Senha salva',
    text: {
      invitation: 'Sua conta está pronta. Entre no aplicativo Atalaya.',
      reset: 'Todas as suas sessões foram encerradas. Entre com a nova senha.',
    },
    open: 'Abrir o Atalaya',
    hint: 'Se nada abrir, inicie o aplicativo você mesmo. Já pode fechar esta página.',
  },
  dead: {
    unknown: {
      title: 'Este link não é válido',
      text: 'Veja se o endereço está completo, como veio no e-mail.',
    },
    used: {
      title: 'Este link não funciona mais',
      text: 'Ele já foi usado, ou outro mais recente foi enviado. Veja se há um e-mail posterior.',
    },
    expired: { title: 'Este link expirou', text: 'Ele só funcionava por algum tempo.' },
    deleting: {
      title: 'O espaço de trabalho está sendo excluído',
      text: 'Enquanto isso, ninguém pode entrar. Se ele for recuperado, este link voltará a funcionar até expirar.',
    },
  },
  remedy: {
    invitation:
      'Se você já escolheu sua senha, entre no aplicativo. Se não, peça a um administrador que envie o convite novamente.',
    reset: 'Se ainda não consegue entrar, peça um novo link no aplicativo, em “Esqueceu a senha?”.',
  },
  failed: {
    title: 'Não foi possível concluir',
    text: 'Algo falhou do nosso lado e nada foi alterado. Tente novamente em instantes.',
  },
}

export const texts: Record<Language, Words> = { es, en, 'pt-BR': ptBR }

/** The language of a browser that nobody is known behind (RFC 9110 §12.5.4), or English. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((range) => range.split(';'))
    .map(([name = '', ...rest]) => ({
      name: name.trim().toLowerCase(),
      weight: Number(/q=([\d.]+)/.exec(rest.join(';'))?.[1] ?? 1),
    }))
    .toSorted((a, b) => b.weight - a.weight)
  for (const { name } of wanted) {
    if (name.startsWith('es')) return 'es'
    if (name.startsWith('pt')) return 'pt-BR'
    if (name.startsWith('en')) return 'en'
  }
  return 'en'
}
