/**
 * Holds formatted lines while their sink is busy. Beyond a limit new lines are dropped and counted: a load test must not stop because nobody
 * reads its log, and the log must not fill the memory.
 *
 *   write(line) ─► held (≤ maxHeld characters) ─► one chunk per turn of the event loop ─► sink
 *
 * The first line of a turn of the event loop goes to the sink at once. So a log with few lines is in order with everything else that the process
 * writes, and complete when the process dies.
 *
 * States  idle ─write─► cooling ─next turn─► idle, or cooling again if lines came
 *         idle, cooling ─sink is full─► waiting ─sink is ready─► cooling
 *         any ─close─► closed: lines go straight to the sink
 *
 * Units   sizes are UTF-16 characters
 */
import type { LogSink } from './sink.js'

const DEFAULT_MAX_HELD = 8 * 1024 * 1024

export interface LineBufferOptions {
  readonly maxHeld?: number
  /** Makes the line that says how many were dropped; written in the place of the first of them. */
  readonly droppedLine: (count: number) => string
}

export class LineBuffer {
  readonly #sink: LogSink
  readonly #maxHeld: number
  readonly #droppedLine: (count: number) => string
  #lines: string[] = []
  #held = 0
  #dropped = 0
  #state: 'idle' | 'cooling' | 'waiting' | 'closed' = 'idle'
  #whenRoomy: (() => void)[] = []

  constructor(sink: LogSink, options: LineBufferOptions) {
    this.#sink = sink
    this.#maxHeld = options.maxHeld ?? DEFAULT_MAX_HELD
    this.#droppedLine = options.droppedLine
  }

  /** `urgent` lines, which are errors of the run itself, are kept beyond the limit: there are few of them. */
  write(line: string, urgent = false): void {
    if (this.#state === 'closed') {
      this.#sink.write(line)
    } else if (!urgent && this.#held > 0 && this.#held + line.length > this.#maxHeld) {
      this.#dropped += 1
    } else {
      this.#lines.push(line)
      this.#held += line.length
      if (this.#state === 'idle') this.flush()
    }
  }

  /** Counts lines that were dropped before they came here. */
  countDropped(count: number): void {
    this.#dropped += count
    if (this.#state === 'idle') this.flush()
  }

  /** Calls back once less than half of the limit is held: at once, or when the sink has taken enough. */
  whenRoomy(callback: () => void): void {
    if (this.#held * 2 < this.#maxHeld) callback()
    else this.#whenRoomy.push(callback)
  }

  /** Writes all held lines, even when the sink is not ready, because the process is about to exit. */
  flush(): void {
    if (this.#dropped > 0) {
      this.#lines.push(this.#droppedLine(this.#dropped))
      this.#dropped = 0
    }
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#held = 0
    const ready = this.#sink.write(text)
    if (this.#state === 'closed') return
    if (ready) this.#cool()
    else if (this.#state !== 'waiting') this.#wait()
  }

  /** Flushes and waits for the sink. Lines written after this go straight to the sink. */
  async close(): Promise<void> {
    this.#state = 'closed'
    this.flush()
    this.#announceRoom()
    await this.#sink.close()
  }

  #cool(): void {
    if (this.#state === 'cooling') return
    this.#state = 'cooling'
    setImmediate(() => {
      if (this.#state !== 'cooling') return
      this.#state = 'idle'
      this.#announceRoom()
      this.flush()
    })
  }

  #wait(): void {
    this.#state = 'waiting'
    this.#sink.onReady(() => {
      if (this.#state === 'waiting') this.#cool()
    })
  }

  #announceRoom(): void {
    const waiting = this.#whenRoomy
    this.#whenRoomy = []
    for (const callback of waiting) callback()
  }
}
