/**
 * The programmatic API: run a test as the command does, with streams, signals and environment of the caller's choice.
 */

export { SockeyeError } from './base/errors.js'
export { parseConfigFile } from './config/config-file.js'
export { type RuntimeOptions, resolveRuntime } from './config/runtime.js'
export { ExitCode } from './run/exit-codes.js'
export type { RunHost, RunRequest } from './run/request.js'
export { runTest } from './run/test-run.js'
