/** `node:module` in a virtual user. `createRequire` finds modules of Node and of k6, and packages that the bundler has added. */
import { builtinModules } from 'node:module'
import { nodeSpecifier } from './catalog.js'
import { currentWorld } from './current.js'
import { refuse } from './refusal.js'

function createRequire(): object {
  const require = (specifier: unknown): object => currentWorld().require(specifier)
  const resolve = (specifier: string): string => nodeSpecifier(specifier) ?? specifier
  return Object.assign(require, { resolve: Object.assign(resolve, { paths: () => null }), cache: {}, main: undefined })
}

function isBuiltin(specifier: string): boolean {
  return nodeSpecifier(specifier) !== undefined
}

function Module(): never {
  return refuse('new Module()', 'modules are bundled before the test starts')()
}

export const moduleModule: object = Object.assign(Module, {
  Module,
  builtinModules,
  createRequire,
  isBuiltin,
  register: refuse('module.register()', 'modules are bundled before the test starts'),
})
