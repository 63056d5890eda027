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
  plugins: [vue(), vuetify({ autoImport: true, styles: 'none' })],
  html: { cspNonce: cspNoncePlaceholder },
  server: { port: 4611, strictPort: true, host: '127.0.0.1' },
  build: {
    outDir: folder('../dist/renderer'),
    emptyOutDir: true,
    target: 'chrome114',
    // Fonts and icons stay files: the policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
