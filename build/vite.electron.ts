import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { InlineConfig } from 'vite'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * CommonJS, one file per process (axios, which main loads late, is one more): a sandboxed preload may
 * require nothing of its own, and main has to load in Electron 25 as in 45
 * (docs/decisions/0002-electron-runtime.md).
 */
export const electronBuild = (name: 'main' | 'preload' | 'keychain-process'): InlineConfig => ({
  configFile: false,
  publicDir: false,
  logLevel: 'warn',
  // axios and others have a browser build; main is Node.
  resolve: { mainFields: ['module', 'main'], conditions: ['node'] },
  build: {
    outDir: folder('../dist/electron'),
    emptyOutDir: false,
    target: 'node18',
    minify: name !== 'keychain-process',
    lib: {
      entry: folder(`../electron/${name}.ts`),
      formats: ['cjs'],
      fileName: () => `${name}.cjs`,
    },
    rolldownOptions: {
      output: { chunkFileNames: '[name].cjs' },
      external: [
        'electron',
        'keytar',
        ...builtinModules,
        ...builtinModules.map((it) => `node:${it}`),
      ],
    },
  },
})
