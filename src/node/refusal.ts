/**
 * Functions that scripts may import but not call. The error names the call, the package that calls, and what to do instead.
 *
 * Errors  RefusedCallError ERR_NODE_CALL_REFUSED, thrown into the script, where it can be caught
 */

/** `call` as users write it: `child_process.spawn()`. */
export class RefusedCallError extends Error {
  readonly code = 'ERR_NODE_CALL_REFUSED'

  constructor(call: string, why: string) {
    super('')
    const name = callingPackage(this.stack ?? '')
    const where = name === undefined ? '' : `, called by the package ${name},`
    this.message = `${call}${where} is not possible in a virtual user: ${why}`
  }
}
RefusedCallError.prototype.name = 'RefusedCallError'

/** The package of the nearest caller that is a file of the script; undefined when that belongs to no package. */
export function callingPackage(stack: string): string | undefined {
  const frame = stack.split('\n').find((line) => /^\s+at .*\.[cm]?[jt]sx?:\d+/.test(line))
  return frame === undefined ? undefined : /.*\/?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(frame)?.[1]
}

export const NO_SERVERS = 'a VU is a client; start servers beside the test, `sockeye echo` is one'

/** Stands for a function or a class. Has the last name in `call`: `spawn` for `child_process.spawn()`. */
export function refuse(call: string, why: string): (...args: unknown[]) => never {
  function refused(): never {
    throw new RefusedCallError(call, why)
  }
  const [, name] = /(\w+)(?:\(\))?$/.exec(call) ?? []
  return Object.defineProperty(refused, 'name', { value: name, configurable: true })
}

const WHY: Readonly<Record<string, string>> = {
  child_process: 'VUs start no processes; start them beside the test',
  cluster: 'VUs are spread over cores already',
  dgram: 'UDP is not supported; connections over TCP and TLS are',
  domain: 'errors belong to the VU they happen in',
  inspector: 'the debugger belongs to sockeye',
  repl: 'nobody types into a virtual user',
  sqlite: 'use a database server; files belong to the machine, not to the test',
  test: 'use check() and thresholds',
  vm: 'code runs in the VU as it is bundled; new contexts are not supported',
}

/** A module whose functions and classes can be imported, but not called. */
export function refusedModule(name: string): object {
  const why = WHY[name] ?? 'the module belongs to whole processes'
  const exports: Record<string, unknown> = {}
  for (const key of UNLOADABLE[name] ?? []) exports[key] = refuse(`${name}.${key}()`, why)
  const real = name in UNLOADABLE ? {} : ((process.getBuiltinModule(name) ?? {}) as Record<string, unknown>)
  for (const [key, value] of Object.entries(real)) {
    exports[key] = typeof value === 'function' ? refuse(`${name}.${key}()`, why) : value
  }
  return exports
}

/**
 * The exports of modules that are not loaded: loading `domain` changes how Node handles errors, and older versions do not have some of the
 * others.
 */
const UNLOADABLE: Readonly<Record<string, readonly string[]>> = {
  domain: ['Domain', 'create', 'createDomain'],
  inspector: ['Session', 'close', 'open', 'url', 'waitForDebugger'],
  'inspector/promises': ['Session', 'close', 'open', 'url', 'waitForDebugger'],
  repl: ['REPLServer', 'start'],
  sqlite: ['DatabaseSync', 'StatementSync', 'backup'],
  test: ['after', 'afterEach', 'before', 'beforeEach', 'describe', 'it', 'run', 'suite', 'test'],
  'test/reporters': ['dot', 'junit', 'lcov', 'spec', 'tap'],
}
