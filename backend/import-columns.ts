import { type ImportField, importFields } from '../contract/imports.ts'
import type { Language } from '../contract/sessions.ts'

/** Words as people write them, without case, accents and punctuation. */
const plain = (text: string) =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')

/** How a column of each kind is headed in Spanish, English and Portuguese. */
const heads: Record<ImportField, readonly string[]> = {
  name: [
    'name',
    'fullname',
    'username',
    'nombre',
    'nombrecompleto',
    'nombreyapellido',
    'nome',
  ].concat(['nomecompleto', 'usuario', 'user', 'agente', 'agent']),
  email: [
    'email',
    'mail',
    'emailaddress',
    'correo',
    'correoelectronico',
    'direcciondecorreo',
  ].concat(['enderecodeemail', 'correioeletronico']),
  role: ['role', 'rol', 'papel', 'funcao', 'cargo', 'tipo'],
  profile: ['profile', 'perfil', 'profilename', 'nombredelperfil', 'nomedoperfil'],
  language: ['language', 'idioma', 'lengua', 'lingua', 'lang', 'locale'],
}

/** Which column (from 0) is probably what, by the head of the file. */
export function proposeColumns(head: readonly string[]): Partial<Record<ImportField, number>> {
  const words = head.map(plain)
  const proposed = importFields.flatMap((field) => {
    const [first] = heads[field].map((word) => words.indexOf(word)).filter((index) => index >= 0)
    return first === undefined ? [] : [[field, first] as const]
  })
  return Object.fromEntries(proposed)
}

const roleWords: Record<string, 'administrator' | 'agent'> = {
  administrator: 'administrator',
  administrador: 'administrator',
  administradora: 'administrator',
  admin: 'administrator',
  agent: 'agent',
  agente: 'agent',
}

const languageWords: Record<string, Language> = {
  es: 'es',
  spanish: 'es',
  espanol: 'es',
  espanhol: 'es',
  en: 'en',
  english: 'en',
  ingles: 'en',
  pt: 'pt-BR',
  ptbr: 'pt-BR',
  portuguese: 'pt-BR',
  portugues: 'pt-BR',
}

export const roleOf = (cell: string) => roleWords[plain(cell)]
export const languageOf = (cell: string) => languageWords[plain(cell)]
