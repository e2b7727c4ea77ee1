/**
 * The parent process of a test. A script can end its process in ways that cannot be caught: V8 runs out of memory, or the system kills the
 * process that takes all memory. So a test runs in a child process, which sends its state about once a second. When the child dies, the parent
 * prints the last state as the summary, and exits with 109.
 *
 *   child ──► { standing }   the summary as it would be now
 *         ──► { beat }       once a second: its main thread takes turns
 *         ──► { ended }      its exit code: a thread that cannot be ended may keep the process alive
 *   child ◄── signals        the child has a session of its own, so that one Ctrl-C is one signal. The second signal ends the test at once. The
 *                            child is killed when that takes too long, at the third signal, and when it has been silent for minutes
 *
 * The child ends when its parent is gone. The parent costs a start of Node, and its memory. There is none with `SOCKEYE_SUPERVISOR=off`, under
 * a debugger, and on Windows, which has no such signals.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Standing } from '../run/request.js'

type FromChild = { readonly standing: Standing } | { readonly beat: true } | { readonly ended: number }

interface SilenceLimit {
  /** How often the parent looks whether the child has said something, in ms. */
  readonly interval: number
  /** How many looks in a row may find nothing. Looks are counted and not time, so that a parent which is late itself judges no sooner. */
  readonly most: number
}

/** The variable that tells the child that it has a supervisor. */
const SUPERVISED = 'SOCKEYE_SUPERVISED'
/** How long a child may take to leave after it has sent its exit code, in ms. */
const LEAVE_LIMIT = 2000
/** How long a child may take to show its summary after a second signal, in ms. */
const HURRY_LIMIT = 10_000
const BEAT_INTERVAL = 1000
/** When a child counts as silent. A large summary can take minutes on an overloaded machine. */
const SILENCE: SilenceLimit = { interval: BEAT_INTERVAL, most: 120 }
/** `internalError` and `signal` of run/exit-codes.ts, which would load more than is needed here. */
const INTERNAL_ERROR = 109
const SIGNALLED = 105

/** Whether this process should be the parent of a test, and not run it itself. */
export function shouldSupervise(command: string | undefined, rest: readonly string[]): boolean {
  if (command !== 'run' || rest.includes('-h') || rest.includes('--help')) return false
  if (process.platform === 'win32' || process.env['SOCKEYE_SUPERVISOR'] === 'off') return false
  return process.env[SUPERVISED] === undefined && !process.execArgv.some((flag) => flag.startsWith('--inspect'))
}

/** Runs this same command in a child, and ends as it does. */
export function supervise(program: string, silence: SilenceLimit = SILENCE): void {
  const child = spawn(process.execPath, [...process.execArgv, program, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...process.env, [SUPERVISED]: '1' },
  })
  let standing: Standing | undefined
  let exitCode: number | undefined
  const signals = forwardSignals(child)
  const beats = watchBeats(child, silence)
  child.on('message', (message: FromChild) => {
    beats.heard()
    if ('standing' in message) standing = message.standing
    else if ('ended' in message) {
      exitCode = message.ended
      setTimeout(() => child.kill('SIGKILL'), LEAVE_LIMIT).unref()
    }
  })
  child.on('error', (error: NodeJS.ErrnoException) => {
    // cli/launch.ts says what to do about it.
    if (error.code === 'EMFILE') throw error
    process.stderr.write(`cannot start the process of the test: ${error.message}\n`)
    process.exitCode = INTERNAL_ERROR
  })
  child.on('exit', (code, signal) => {
    const isEarly = signal !== null && signal === signals.first
    process.exitCode = exitCode ?? code ?? (isEarly || signals.areImpatient ? SIGNALLED : INTERNAL_ERROR)
    if (exitCode !== undefined || code !== null) return
    if (isEarly) reportEarlySignal(signal)
    else reportDeath(howItDied(signal, signals, beats), standing)
  })
}

interface Signals {
  readonly areImpatient: boolean
  /** The first signal. It ends a child that has not begun to listen. */
  readonly first: NodeJS.Signals | undefined
}

function forwardSignals(child: ChildProcess): Signals {
  let ending = 0
  let first: NodeJS.Signals | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      ending++
      first ??= signal
      if (ending > 2) child.kill('SIGKILL')
      else child.kill(signal)
      if (ending === 2) setTimeout(() => child.kill('SIGKILL'), HURRY_LIMIT).unref()
    })
  }
  for (const signal of ['SIGWINCH', 'SIGCONT'] as const) process.on(signal, () => child.kill(signal))
  // Ctrl-Z stops both processes, the child first.
  process.on('SIGTSTP', () => {
    child.kill('SIGSTOP')
    process.kill(process.pid, 'SIGSTOP')
  })
  return {
    get areImpatient() {
      return ending > 1
    },
    get first() {
      return first
    },
  }
}

interface Beats {
  /** The child has said something. */
  heard(): void
  /** The child was killed because it said nothing for too long. */
  readonly wereMissed: boolean
}

/** Kills a child whose main thread is stuck. */
function watchBeats(child: ChildProcess, { interval, most }: SilenceLimit): Beats {
  let missing = Number.NEGATIVE_INFINITY
  let wereMissed = false
  setInterval(() => {
    missing++
    // A child that was stopped by a signal or a debugger sends nothing, and will go on later.
    if (isHeld(child.pid)) missing = 0
    if (missing <= most) return
    wereMissed = true
    child.kill('SIGKILL')
  }, interval).unref()
  return {
    heard: () => {
      missing = 0
    },
    get wereMissed() {
      return wereMissed
    },
  }
}

/** Whether a process is stopped. Also true where the system does not tell, so that no child is killed there. */
function isHeld(pid: number | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in parentheses, may have spaces.
    return /^[tT]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return true
  }
}

function reportEarlySignal(signal: NodeJS.Signals): void {
  const name = signal === 'SIGINT' ? 'interrupt' : 'terminated'
  writeError(`test run was aborted because sockeye received a '${name}' signal`, 'ERR_INTERRUPTED', 'it had not begun')
}

/** What happened to the child, and, when that is not known, a question that may help. */
function howItDied(
  signal: NodeJS.Signals | null,
  signals: Signals,
  beats: Beats,
): readonly [what: string, why?: string] {
  if (signals.areImpatient) return ['was asked to end, did not, and was killed']
  if (beats.wereMissed) return ['has not said for minutes that it lives, and was killed']
  return [`died (${signal})`, 'did the script ask for more memory than there is? The lines above may say more. ']
}

/** Reports the death of the child, and prints the last state of the test as its summary. */
function reportDeath([what, why = '']: ReturnType<typeof howItDied>, standing: Standing | undefined): void {
  const hint = `${why}${standing === undefined ? 'There is no summary' : 'What follows is how the test stood last'}`
  writeError(`the process of the test ${what}`, 'ERR_SHARD_DIED', hint)
  if (standing === undefined) return
  process.stdout.write(standing.summary)
  const { file } = standing
  if (file === undefined) return
  try {
    writeFileSync(file.path, file.content)
  } catch (error) {
    process.stderr.write(`cannot write ${file.path}: ${(error as Error).message}\n`)
  }
}

function writeError(message: string, code: string, hint: string): void {
  const time = `${new Date().toISOString().slice(0, 19)}Z`
  process.stderr.write(`time="${time}" level=error msg="${message}" code=${code} hint="${hint}"\n`)
}

/** The child's side: sends messages to the parent. */
export class Supervisor {
  /** Undefined in a process without a supervisor. */
  static ofThisProcess(): Supervisor | undefined {
    if (process.env[SUPERVISED] === undefined || process.send === undefined) return undefined
    // Neither scripts nor processes that are started here may see it.
    delete process.env[SUPERVISED]
    process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
    process.channel?.unref()
    const supervisor = new Supervisor()
    setInterval(() => supervisor.#send({ beat: true }), BEAT_INTERVAL).unref()
    return supervisor
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
