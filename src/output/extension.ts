/**
 * Outputs from npm or a file: a module whose default export makes an output.
 *
 *   --out ./my-output.js=ARGUMENT       relative to the working directory; TypeScript is compiled
 *   --out my-package=ARGUMENT           as a module of the working directory would import it
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT: the module cannot be loaded, or what it exports is no output
 */
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { compileFunction } from 'node:vm'
import { invalidOutput, reasonText } from './errors.js'
import type { Output, OutputContext, OutputFactory } from './output.js'

/** Undefined when there is no such package. */
export async function createExtension(
  name: string,
  argument: string,
  context: OutputContext,
): Promise<Output | undefined> {
  const file = locate(name, context.workingDirectory)
  if (file === undefined) return undefined
  const factory = load(name, file)
  let output: unknown
  try {
    output = await factory(argument, context)
  } catch (error) {
    throw error instanceof Error && 'exitCode' in error
      ? error
      : invalidOutput(`could not create the '${name}' output: ${reasonText(error)}`)
  }
  if (isOutput(output)) return output
  throw invalidOutput(
    `what the output module '${name}' makes is no output: it needs a description, start() and stop()`,
    'see docs/extensions.md for the interface Output of sockeye-cli/extension',
  )
}

function locate(name: string, workingDirectory: string): string | undefined {
  const isPath = /^(\.{1,2}[\\/]|[\\/]|[a-zA-Z]:[\\/])/.test(name)
  try {
    return requireFrom(workingDirectory).resolve(isPath ? resolve(workingDirectory, name) : name)
  } catch (error) {
    if (!isPath) return undefined
    throw invalidOutput(`could not find the output module '${name}': ${reasonText(error).split('\n')[0]}`)
  }
}

/** Node can require ES modules and CommonJS. TypeScript is compiled: only the newest versions of Node read it, and not all of it. */
function load(name: string, file: string): OutputFactory {
  let module: unknown
  try {
    module = /\.[cm]?ts$/.test(file) ? compiled(file) : requireFrom(file)(file)
  } catch (error) {
    throw invalidOutput(`could not load the output module '${name}': ${reasonText(error)}`)
  }
  const factory = [module, defaultOf(module), defaultOf(defaultOf(module))].find((each) => typeof each === 'function')
  if (factory !== undefined) return factory as OutputFactory
  throw invalidOutput(
    `the output module '${name}' has no default export that is a function`,
    'export default (argument, context) => ({ description, start() {}, stop() {} })',
  )
}

/** Bundles what the module imports by path. Packages are loaded as they are. */
function compiled(file: string): unknown {
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild')
  const { outputFiles } = buildSync({
    entryPoints: [file],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    sourcemap: 'inline',
    write: false,
    logLevel: 'silent',
  })
  const module = { exports: {} }
  const parameters = ['module', 'exports', 'require', '__filename', '__dirname']
  const run = compileFunction(outputFiles[0]?.text ?? '', parameters, { filename: file })
  run(module, module.exports, requireFrom(file), file, dirname(file))
  return module.exports
}

function requireFrom(path: string): NodeJS.Require {
  return createRequire(resolve(path, 'as-if-from.js'))
}

function defaultOf(module: unknown): unknown {
  return (module as { default?: unknown } | null | undefined)?.default
}

function isOutput(value: unknown): value is Output {
  const { description, start, stop } = (value ?? {}) as Partial<Output>
  return typeof description === 'string' && typeof start === 'function' && typeof stop === 'function'
}
