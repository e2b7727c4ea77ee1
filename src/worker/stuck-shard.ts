/**
 * Reaches into a thread that runs code which never yields, through the debugger's interface: where it is, what it has measured,
 * and an end to the running call.
 *
 * Source  Chrome DevTools Protocol (Debugger.pause, Runtime.evaluate, Runtime.terminateExecution) over Node's NodeWorker domain
 */
import { Session } from 'node:inspector'

/** Name of the global function by which a paused shard hands over its results. */
export const RESCUE = '__sockeyeRescue'

/** Milliseconds for one question to a thread. */
const ANSWER_LIMIT = 1000

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly callFrames?: readonly CallFrame[] }
  readonly result?: { readonly result?: { readonly value?: unknown } }
}

interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly location: { readonly lineNumber: number; readonly columnNumber: number }
}

export class StuckShard {
  readonly #title: string
  readonly #session = new Session()
  #sessionId = ''
  #lastId = 0
  readonly #waiting = new Map<number | string, (answer: Answer) => void>()

  constructor(shard: number) {
    this.#title = `sockeye shard ${shard}`
  }

  /** Ends the running call. Gives the place in the user's files, if it could be found out. */
  async end(): Promise<string | undefined> {
    this.#session.connect()
    try {
      await this.#attach()
      await this.#ask('Debugger.enable')
      const paused = this.#next('Debugger.paused')
      await this.#ask('Debugger.pause')
      const { params } = await paused
      const frame = params?.callFrames?.find(({ url }) => url === 'sockeye:program')
      const place = await this.#rescue(frame)
      await this.#ask('Runtime.terminateExecution').catch(() => undefined)
      await this.#ask('Debugger.resume').catch(() => undefined)
      await this.#ask('Debugger.disable').catch(() => undefined)
      return place
    } finally {
      this.#session.disconnect()
    }
  }

  /** The shard sends what it has measured and translates the position. */
  async #rescue(frame: CallFrame | undefined): Promise<string | undefined> {
    const { lineNumber = -1, columnNumber = -1 } = frame?.location ?? {}
    const expression = `globalThis.${RESCUE}(${lineNumber + 1}, ${columnNumber + 1})`
    const answer = await this.#ask('Runtime.evaluate', { expression, returnByValue: true })
    const place = answer.result?.result?.value
    return typeof place === 'string' ? place : undefined
  }

  async #attach(): Promise<void> {
    const attached = new Promise<void>((resolve) => {
      this.#session.on('NodeWorker.attachedToWorker', ({ params }) => {
        if (!params.workerInfo.title.includes(this.#title)) return
        this.#sessionId = params.sessionId
        resolve()
      })
    })
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === this.#sessionId) this.#receive(JSON.parse(params.message) as Answer)
    })
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
    await withLimit(attached)
  }

  #receive(answer: Answer): void {
    const key = answer.id ?? answer.method ?? ''
    const resolve = this.#waiting.get(key)
    this.#waiting.delete(key)
    resolve?.(answer)
  }

  #next(key: number | string): Promise<Answer> {
    return withLimit(new Promise((resolve) => this.#waiting.set(key, resolve)))
  }

  #ask(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.#lastId
    const answer = this.#next(id)
    const message = JSON.stringify({ id, method, params })
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: this.#sessionId, message })
    return answer
  }
}

async function withLimit<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the thread did not answer')), ANSWER_LIMIT)
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
