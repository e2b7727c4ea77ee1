/**
 * The parent of a test. A script can make V8 give up in ways that nothing in its process survives (`new Array(1e9).fill(1)`, a list that
 * grows for ever), and the system kills whoever takes all memory. So a test runs in a child, which says about once a second how it
 * stands; when it dies, that is the summary, and the exit code is 109.
 *
 *   child ──► { standing }   the summary as it would be now
 *         ──► { ended }      its exit code: a thread that cannot be ended may keep it from leaving
 *   child ◄── signals        the child has a session of its own, so that one Ctrl-C is one signal; it ends when its parent is gone
 *
 * It costs a start of Node, and its memory. `SOCKEYE_SUPERVISOR=off` leaves it out, as does a debugger; Windows has no such signals.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { Standing } from '../run/request.js'

type FromChild = { readonly standing: Standing } | { readonly ended: number }

/** Set for the child alone. */
const SUPERVISED = 'SOCKEYE_SUPERVISED'
/** What a child that has said its exit code may take to leave, in ms. */
const LEAVE_LIMIT = 2000
/** `internalError` of run/exit-codes.ts, which loads more than is wanted here. */
const INTERNAL_ERROR = 109

/** Whether this process should be the parent of a test, and not run it itself. */
export function shouldSupervise(command: string | undefined, rest: readonly string[]): boolean {
  if (command !== 'run' || rest.includes('-h') || rest.includes('--help')) return false
  if (process.platform === 'win32' || process.env['SOCKEYE_SUPERVISOR'] === 'off') return false
  return process.env[SUPERVISED] === undefined && !process.execArgv.some((flag) => flag.startsWith('--inspect'))
}

/** Runs this same command in a child, and ends as it does. */
export function supervise(program: string): void {
  const child = spawn(process.execPath, [...process.execArgv, program, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...process.env, [SUPERVISED]: '1' },
  })
  forwardSignals(child)
  let standing: Standing | undefined
  let exitCode: number | undefined
  child.on('message', (message: FromChild) => {
    if ('standing' in message) standing = message.standing
    else {
      exitCode = message.ended
      setTimeout(() => child.kill('SIGKILL'), LEAVE_LIMIT).unref()
    }
  })
  child.on('error', (error) => {
    process.stderr.write(`cannot start the process of the test: ${error.message}\n`)
    process.exitCode = INTERNAL_ERROR
  })
  child.on('exit', (code, signal) => {
    process.exitCode = exitCode ?? code ?? reportDeath(signal, standing)
  })
}

function forwardSignals(child: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGWINCH', 'SIGCONT'] as const) {
    process.on(signal, () => child.kill(signal))
  }
  // Ctrl-Z: both stand still.
  process.on('SIGTSTP', () => {
    child.kill('SIGSTOP')
    process.kill(process.pid, 'SIGSTOP')
  })
}

function reportDeath(signal: NodeJS.Signals | null, standing: Standing | undefined): number {
  const hint =
    standing === undefined
      ? 'did the script ask for more memory than there is? The lines above may say more'
      : 'did the script ask for more memory than there is? The lines above may say more. What follows is how the test stood last'
  process.stderr.write(
    `time="${new Date().toISOString().slice(0, 19)}Z" level=error msg="the process of the test died (${signal})" code=ERR_SHARD_DIED hint="${hint}"\n`,
  )
  if (standing === undefined) return INTERNAL_ERROR
  process.stdout.write(standing.summary)
  const { file } = standing
  if (file === undefined) return INTERNAL_ERROR
  try {
    writeFileSync(file.path, file.content)
  } catch (error) {
    process.stderr.write(`cannot write ${file.path}: ${(error as Error).message}\n`)
  }
  return INTERNAL_ERROR
}

/** What a child can tell its parent; undefined in a process without a supervisor. */
export class Supervisor {
  static ofThisProcess(): Supervisor | undefined {
    if (process.env[SUPERVISED] === undefined || process.send === undefined) return undefined
    // Nothing that this process starts, and no script, is to see it.
    delete process.env[SUPERVISED]
    process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
    process.channel?.unref()
    return new Supervisor()
  }

  tell(standing: Standing): void {
    this.#send({ standing })
  }

  end(exitCode: number): void {
    this.#send({ ended: exitCode })
  }

  #send(message: FromChild): void {
    if (process.connected) process.send?.(message)
  }
}
