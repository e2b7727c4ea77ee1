/**
 * `process` in a virtual user: it has what packages read, and cannot change the process of the test.
 *
 * Shape   `env` is `__ENV` of the running VU; `nextTick` is Node's, and waits while the VU is paused
 */
import { currentVu, currentWorld } from './current.js'
import { refuse } from './refusal.js'
import { invalidCallback } from './timers.js'

type Callback = (...args: unknown[]) => unknown

function nextTick(callback: unknown, ...args: unknown[]): void {
  if (typeof callback !== 'function') {
    throw invalidCallback(callback)
  }
  const run = callback as Callback
  process.nextTick(currentVu().runtime.job(args.length === 0 ? run : () => run(...args)))
}

/** Warnings that are in the log already, of this thread: each text is logged once. */
const warned = new Set<string>()

function emitWarning(warning: unknown, ...rest: unknown[]): void {
  const text = warning instanceof Error ? `${warning.name}: ${warning.message}` : String(warning)
  const isDeprecation =
    rest[0] === 'DeprecationWarning' || (rest[0] as { type?: string })?.type === 'DeprecationWarning'
  if (isDeprecation || warned.has(text)) return
  warned.add(text)
  currentVu().shard.log.warning(text)
}

/** Packages listen for the end of the process. It does not end with the VU, so listeners are never called. */
function listen(): object {
  return processModule
}

function outputOf(level: 'info' | 'error'): object {
  return {
    write(text: unknown): boolean {
      currentVu().shard.log[level](String(text).replace(/\n$/, ''), { source: 'console' })
      return true
    },
    isTTY: false,
    columns: 80,
    on: listen,
    once: listen,
    end: () => {},
  }
}

const WHY_NOT_EXIT = 'it would end the whole test; exec.test.abort() does that, and fail() ends the iteration'
const WHY_NOT_PROCESS = 'the process belongs to the whole test'

export const processModule: Record<PropertyKey, unknown> = {
  title: 'sockeye',
  argv: ['node', 'script'],
  argv0: 'node',
  execArgv: [],
  execPath: process.execPath,
  version: process.version,
  versions: process.versions,
  release: process.release,
  config: process.config,
  features: process.features,
  arch: process.arch,
  platform: process.platform,
  pid: process.pid,
  ppid: process.ppid,
  exitCode: undefined,
  stdout: outputOf('info'),
  stderr: outputOf('error'),
  stdin: { isTTY: false, on: listen, once: listen },
  nextTick,
  emitWarning,
  hrtime: process.hrtime,
  uptime: () => process.uptime(),
  memoryUsage: process.memoryUsage,
  cpuUsage: process.cpuUsage.bind(process),
  resourceUsage: process.resourceUsage.bind(process),
  cwd: () => process.cwd(),
  umask: () => 0o22,
  getuid: () => process.getuid?.(),
  getgid: () => process.getgid?.(),
  geteuid: () => process.geteuid?.(),
  getegid: () => process.getegid?.(),
  getBuiltinModule: (name: string) => builtin(name),
  on: listen,
  once: listen,
  addListener: listen,
  prependListener: listen,
  prependOnceListener: listen,
  off: listen,
  removeListener: listen,
  removeAllListeners: listen,
  setMaxListeners: listen,
  emit: () => false,
  listeners: () => [],
  listenerCount: () => 0,
  eventNames: () => [],
  exit: refuse('process.exit()', WHY_NOT_EXIT),
  abort: refuse('process.abort()', WHY_NOT_EXIT),
  kill: refuse('process.kill()', WHY_NOT_PROCESS),
  chdir: refuse('process.chdir()', WHY_NOT_PROCESS),
  dlopen: refuse('process.dlopen()', 'native add-ons are not loaded; use a package of pure JavaScript'),
  binding: refuse('process.binding()', "it reaches into Node's own parts"),
  setUncaughtExceptionCaptureCallback: listen,
  hasUncaughtExceptionCaptureCallback: () => false,
  get env() {
    return currentWorld().global['__ENV']
  },
  [Symbol.toStringTag]: 'process',
}

function builtin(name: string): object | undefined {
  try {
    return currentWorld().require(name)
  } catch {
    return undefined
  }
}
