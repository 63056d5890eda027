import type { Language } from '../../contract/sessions.ts'

interface Words {
  title: string
  intro: string
  query: string
  submit: string
  found: (teams: number) => string
  /** The address of a team, which is typed in the app. */
  link: string
  open: string
  tooShort: (characters: number) => string
  nothing: { text: string; hint: string }
  /** Whoever has a link needs no finder. */
  asLink: (link: string) => string
  openLink: string
  wait: (seconds: number) => string
}

const es: Words = {
  title: 'Busca tu equipo de trabajo',
  intro: 'Escribe el nombre de tu equipo o su correo electrónico registrado.',
  query: 'Nombre o correo electrónico',
  submit: 'Buscar',
  found: (teams) => (teams === 1 ? 'Un equipo encontrado' : `${teams} equipos encontrados`),
  link: 'Enlace del espacio de trabajo',
  open: 'Abrir en Atalaya',
  tooShort: (characters) => `Escribe al menos ${characters} caracteres.`,
  nothing: {
    text: 'No se encontró ningún equipo.',
    hint: 'Puede que tu equipo no aparezca en el buscador. En ese caso, pide a un administrador el enlace de tu espacio de trabajo y escríbelo al iniciar sesión en la aplicación.',
  },
  asLink: (link) => `Si «${link}» es el enlace de tu espacio de trabajo, entra con él:`,
  openLink: 'Abrir Atalaya con este enlace',
  wait: (seconds) =>
    `Se hicieron demasiadas búsquedas desde tu red. Vuelve a intentarlo en ${seconds} s.`,
}

const en: Words = {
  title: 'Find your team',
  intro: 'Type the name of your team or its registered e-mail address.',
  query: 'Name or e-mail address',
  submit: 'Search',
  found: (teams) => (teams === 1 ? 'One team found' : `${teams} teams found`),
  link: 'Workspace link',
  open: 'Open in Atalaya',
  tooShort: (characters) => `Type at least ${characters} characters.`,
  nothing: {
    text: 'No team was found.',
    hint: 'Your team may not be shown in the finder. If so, ask an administrator for the link of your workspace, and type it when you sign in in the app.',
  },
  asLink: (link) => `If “${link}” is the link of your workspace, sign in with it:`,
  openLink: 'Open Atalaya with this link',
  wait: (seconds) => `There were too many searches from your network. Try again in ${seconds} s.`,
}

const ptBR: Words = {
  title: 'Encontre sua equipe',
  intro: 'Digite o nome da sua equipe ou o e-mail registrado dela.',
  query: 'Nome ou e-mail',
  submit: 'Buscar',
  found: (teams) => (teams === 1 ? 'Uma equipe encontrada' : `${teams} equipes encontradas`),
  link: 'Link do espaço de trabalho',
  open: 'Abrir no Atalaya',
  tooShort: (characters) => `Digite pelo menos ${characters} caracteres.`,
  nothing: {
    text: 'Nenhuma equipe foi encontrada.',
    hint: 'Talvez sua equipe não apareça na busca. Nesse caso, peça a um administrador o link do seu espaço de trabalho e digite-o ao entrar no aplicativo.',
  },
  asLink: (link) => `Se “${link}” é o link do seu espaço de trabalho, entre com ele:`,
  openLink: 'Abrir o Atalaya com este link',
  wait: (seconds) => `Houve buscas demais a partir da sua rede. Tente novamente em ${seconds} s.`,
}

export const finderTexts: Record<Language, Words> = { es, en, 'pt-BR': ptBR }
