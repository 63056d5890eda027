import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import vuetify from 'vite-plugin-vuetify'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Replaced by a fresh random value on every load, in `electron/app-protocol.ts`. */
export const cspNoncePlaceholder = '__CSP_NONCE__'

/** The page: plain files that `app://` serves. */
export default defineConfig({
  root: folder('../renderer'),
  base: './',
  // Each component brings its own style sheet; the rest of Vuetify's is left out.
  plugins: [vue(), vuetify({ autoImport: true })],
  html: { cspNonce: cspNoncePlaceholder },
  // What neither we nor Vuetify use.
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  server: {
    port: 4611,
    strictPort: true,
    host: '127.0.0.1',
    // The page is at app://atalaya/, where its reloader would look for the server.
    ws: { protocol: 'ws', host: '127.0.0.1', clientPort: 4611 },
  },
  build: {
    outDir: folder('../dist/renderer'),
    emptyOutDir: true,
    target: 'chrome114',
    // Fonts and icons stay files: the policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The dictionaries of the strength hint, which come when its dialog opens.
    chunkSizeWarningLimit: 1300,
  },
})
