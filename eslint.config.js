import vueI18n from '@intlify/eslint-plugin-vue-i18n'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import vueA11y from 'eslint-plugin-vuejs-accessibility'
import ts from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

/** Who may import whom (docs/architecture.md), each with what to do instead. */
const libraries = {
  electron: {
    regex: '^electron(/|$)',
    message: 'Only electron/ talks to Electron. Elsewhere, declare a call in contract/ipc.ts.',
  },
  axios: {
    regex: '^axios(/|$)',
    message:
      'electron/backend.ts is the only one who asks the backend. Declare a route in contract/.',
  },
  keytar: {
    regex: '^keytar$',
    message:
      'electron/keychain-process.ts is the only one who loads keytar. Use electron/keychain.ts.',
  },
  node: {
    regex: '^(node:|fs$|path$|os$|crypto$)',
    message: 'The page has no Node. Ask main with a call declared in contract/ipc.ts.',
  },
  vue: {
    regex: '^(vue|vuetify|pinia|vue-router|vue-i18n)(/|$)',
    message: 'Vue lives in renderer/. Send data to the page with an event of contract/ipc.ts.',
  },
  zod: {
    regex: '^zod(/|$)',
    message: 'Import z from contract/zod.ts: it turns eval off before the first schema is built.',
  },
  backend: {
    regex: '/backend/',
    message: 'Nobody imports the backend but its tests and scripts. Ask it through a route.',
  },
  renderer: {
    regex: '/renderer/',
    message: 'Nobody imports the page. Put what is shared in contract/.',
  },
  electronFolder: { regex: '/electron/', message: 'Put what is shared in contract/.' },
  feature: {
    regex: '^\\./',
    message:
      'A feature imports no other feature. Share a schema in contract/, a query in backend/db/.',
  },
}
const forbid = (...names) => ({
  'no-restricted-imports': ['error', { patterns: names.map((name) => libraries[name]) }],
})

export default ts.config(
  {
    ignores: [
      'dist/',
      'release/',
      '.data/',
      '.cache/',
      'test-results/',
      'tests/desktop/shots/',
      '**/*.json',
    ],
  },
  ...ts.configs.strictTypeChecked,
  ...vue.configs['flat/recommended'],
  ...vueA11y.configs['flat/recommended'],
  ...vueI18n.configs.recommended,
  {
    languageOptions: {
      parserOptions: {
        project: [
          './contract/tsconfig.json',
          './backend/tsconfig.json',
          './electron/tsconfig.json',
          './renderer/tsconfig.json',
          './tests/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    settings: {
      'vue-i18n': { localeDir: './renderer/locales/*.json', messageSyntaxVersion: '^11.0.0' },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: ts.parser } },
    rules: {
      '@intlify/vue-i18n/no-raw-text': [
        'error',
        {
          ignorePattern: '^[\\s\\d·:/–—-]+$',
          attributes: { '/.+/': ['label', 'title', 'aria-label', 'placeholder', 'hint', 'text'] },
        },
      ],
      '@intlify/vue-i18n/no-missing-keys': 'error',
      'vue/multi-word-component-names': 'off',
      'vuejs-accessibility/label-has-for': 'off',
    },
  },
  {
    files: ['contract/**'],
    rules: forbid(
      'zod',
      'electron',
      'axios',
      'keytar',
      'node',
      'vue',
      'backend',
      'renderer',
      'electronFolder',
    ),
  },
  { files: ['contract/zod.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['backend/**'],
    rules: forbid('zod', 'electron', 'axios', 'keytar', 'vue', 'renderer', 'electronFolder'),
  },
  {
    files: ['backend/features/**'],
    rules: forbid(
      'zod',
      'electron',
      'axios',
      'keytar',
      'vue',
      'renderer',
      'electronFolder',
      'feature',
    ),
  },
  { files: ['electron/**'], rules: forbid('zod', 'axios', 'keytar', 'vue', 'backend', 'renderer') },
  { files: ['electron/backend.ts'], rules: forbid('zod', 'keytar', 'vue', 'backend', 'renderer') },
  // The words of menu, notification and tray stand with all the others.
  { files: ['electron/words.ts'], rules: forbid('zod', 'axios', 'keytar', 'vue', 'backend') },
  {
    files: ['electron/keychain-process.ts'],
    rules: forbid('zod', 'axios', 'vue', 'backend', 'renderer'),
  },
  {
    files: ['renderer/**'],
    rules: forbid('zod', 'electron', 'axios', 'keytar', 'node', 'backend', 'electronFolder'),
  },
  {
    files: ['electron/**'],
    ignores: ['electron/bridge.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "ImportSpecifier[imported.name='ipcMain']",
          message:
            'electron/bridge.ts is the only one who listens to the page. Declare a call in contract/ipc.ts.',
        },
      ],
    },
  },
  { files: ['**/*.js'], ...ts.configs.disableTypeChecked },
  prettier,
)
