/**
 * What can be wrong with `--out`; the texts are k6's where k6 has one (docs/spec/runner.md 4.10, metrics-and-modules.md 5.2).
 */
import { SockeyeError } from '../base/errors.js'

export function invalidOutput(message: string, hint?: string): SockeyeError {
  return new SockeyeError({ code: 'ERR_INVALID_OUTPUT', message, exitCode: 255, hint })
}

export function couldNotOpen(path: string, cause: Error): SockeyeError {
  return new SockeyeError({
    code: 'ERR_OUTPUT_FAILED',
    // Node's message repeats the path.
    message: `could not open '${path}': ${cause.message.replace(/, open '.*'$/, '')}`,
    exitCode: 255,
    hint: 'its folder must exist and be writable',
    cause,
  })
}

export function couldNotStart(failures: readonly { readonly name: string; readonly reason: unknown }[]): SockeyeError {
  const texts = failures.map(({ name, reason }) => `the output ${name} could not be started: ${reasonText(reason)}`)
  const [first] = failures
  const hint = first?.reason instanceof SockeyeError ? first.reason.hint : undefined
  return new SockeyeError({
    code: 'ERR_OUTPUT_FAILED',
    message: texts.join('; '),
    exitCode: 255,
    ...(hint !== undefined && { hint }),
    cause: first?.reason,
  })
}

export function reasonText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
