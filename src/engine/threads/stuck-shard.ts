/**
 * Uses the debugger to find out which line a thread runs that never yields, and makes it send its results. The thread must be terminated
 * afterwards.
 *
 * Source  Chrome DevTools Protocol (Debugger.pause, Runtime.evaluate) over Node's NodeWorker domain. Runtime.terminateExecution cannot be
 *         used: it damages the state of Node's callbacks, and the process crashes.
 */
import { Session } from 'node:inspector'
import { monotonicClock } from '../../base/clock.js'
import { PROGRAM_FILE } from '../../script/positions.js'
import { RESCUE } from './protocol.js'

export interface Rescue {
  /** `file:line` in the user's files; undefined when unknown. */
  readonly place: string | undefined
  /** The shard has sent all its results. */
  readonly isComplete: boolean
}

/** Milliseconds for all answers together. A thread that is inside a built-in of V8 does not answer. */
const ANSWER_LIMIT = 5000

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly callFrames?: readonly CallFrame[]; readonly scriptId?: string; readonly url?: string }
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown }
}

interface CallFrame {
  /** Lines and columns start at 0. */
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number }
}

/** Never throws: a thread that cannot be reached gives an incomplete rescue. */
export async function rescueShard(shard: number): Promise<Rescue> {
  const connection = new DebuggerConnection(`sockeye shard ${shard}`)
  try {
    await connection.open()
    await connection.ask('Debugger.enable')
    // Awaited together: when the thread ends meanwhile, both promises reject, and both rejections must be handled.
    const [paused] = await Promise.all([connection.next('Debugger.paused'), connection.ask('Debugger.pause')])
    const frames = paused.params?.callFrames ?? []
    const frame = frames.find(({ location }) => location.scriptId === connection.programId)
    const { lineNumber = -1, columnNumber = -1 } = frame?.location ?? {}
    const expression = `globalThis.${RESCUE}(${lineNumber + 1}, ${columnNumber + 1})`
    const { result } = await connection.ask('Runtime.evaluate', { expression, returnByValue: true })
    // A paused thread cannot be terminated.
    await connection.ask('Debugger.resume')
    const place = result?.result?.value
    return {
      place: typeof place === 'string' ? place : undefined,
      isComplete: result !== undefined && result.exceptionDetails === undefined,
    }
  } catch {
    return { place: undefined, isComplete: false }
  } finally {
    connection.close()
  }
}

/** A debugger session with one worker thread. */
class DebuggerConnection {
  readonly #title: string
  readonly #session = new Session()
  readonly #waiting = new Map<number | string, (answer: Answer) => void>()
  /** On the run's clock. */
  readonly #deadline = monotonicClock.now() + ANSWER_LIMIT
  /** The debugger's id of the compiled script. */
  programId = ''
  #sessionId = ''
  #lastId = 0

  constructor(title: string) {
    this.#title = title
  }

  async open(): Promise<void> {
    this.#session.connect()
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === this.#sessionId) this.#receive(JSON.parse(params.message) as Answer)
    })
    const attached = new Promise<void>((resolve) => {
      this.#session.on('NodeWorker.attachedToWorker', ({ params }) => {
        if (!params.workerInfo.title.endsWith(this.#title)) return
        this.#sessionId = params.sessionId
        resolve()
      })
    })
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
    await withLimit(attached, this.#deadline)
  }

  close(): void {
    this.#session.disconnect()
  }

  /** The next answer with this id, or the next event with this name. */
  next(key: number | string): Promise<Answer> {
    return withLimit(new Promise((resolve) => this.#waiting.set(key, resolve)), this.#deadline)
  }

  ask(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.#lastId
    const answer = this.next(id)
    const message = JSON.stringify({ id, method, params })
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: this.#sessionId, message })
    return answer
  }

  #receive(answer: Answer): void {
    if (answer.method === 'Debugger.scriptParsed') {
      if (answer.params?.url === PROGRAM_FILE) this.programId = answer.params.scriptId ?? ''
      return
    }
    const key = answer.id ?? answer.method ?? ''
    const resolve = this.#waiting.get(key)
    this.#waiting.delete(key)
    resolve?.(answer)
  }
}

async function withLimit<T>(promise: Promise<T>, deadline: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    const left = deadline - monotonicClock.now()
    timer = setTimeout(() => reject(new Error('the thread did not answer')), left)
    // While the thread runs it keeps the process alive; when it has ended there is nothing to wait for.
    timer.unref()
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
