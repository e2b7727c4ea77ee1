/**
 * Shows progress during a run. On a terminal it is drawn in place ten times a second, below the lines of the log; elsewhere it is printed
 * every second; with --quiet not at all. The last state is printed when the view stops.
 *
 * On a terminal the cursor rests on the first line of the drawing. So erasing from the cursor down always removes the drawing and nothing
 * else, also when a resize has wrapped its lines.
 *
 * Errors  never throws; a stream that fails ends the drawing
 */
import type { Writable } from 'node:stream'
import type { Colors } from 'picocolors/types.js'
import { type Layout, renderProgress } from './progress.js'
import type { ProgressState } from './progress-state.js'

type ProgressStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

export interface ProgressView {
  start(): void
  /** Writes log text to `stream`, which may be on the same terminal: the drawing stays below it. */
  writeAbove(text: string, stream: Writable): boolean
  /** Shows the final state and draws no more. May be called twice. */
  stop(): void
}

export interface ProgressViewOptions {
  readonly stream: ProgressStream
  /** Gives the state of the run; called each time the view is drawn. */
  readonly state: () => ProgressState
  readonly colors: Colors
  readonly quiet?: boolean
  /** False when the terminal cannot place the cursor (TERM=dumb): progress is then as in a file. */
  readonly smartTerminal?: boolean
  /** How often plain progress is printed. */
  readonly plainIntervalMs?: number
  /** Calls back every `ms` until the function it returns is called. */
  readonly every?: (ms: number, callback: () => void) => () => void
}

const REDRAW_MS = 100
const PLAIN_MS = 1000
const DEFAULT_WIDTH = 80

export function createProgressView(options: ProgressViewOptions): ProgressView {
  if (options.quiet) return new SilentView()
  const inPlace = options.stream.isTTY === true && options.smartTerminal !== false
  return inPlace ? new TerminalView(options) : new PlainView(options)
}

class SilentView implements ProgressView {
  start(): void {}

  writeAbove(text: string, stream: Writable): boolean {
    return stream.write(text)
  }

  stop(): void {}
}

/** What both drawing views share: a timer between start and stop, and a stream that may fail. */
abstract class DrawingView implements ProgressView {
  protected readonly options: ProgressViewOptions
  protected state: 'new' | 'started' | 'stopped' = 'new'
  readonly #intervalMs: number
  #cancel: (() => void) | undefined

  constructor(options: ProgressViewOptions, intervalMs: number) {
    this.options = options
    this.#intervalMs = intervalMs
    options.stream.on('error', () => this.#end())
  }

  start(): void {
    if (this.state !== 'new') return
    this.state = 'started'
    this.#cancel = (this.options.every ?? everyUnreferenced)(this.#intervalMs, () => this.draw())
    this.begin()
  }

  stop(): void {
    if (this.state === 'started') this.finish()
    this.#end()
  }

  abstract writeAbove(text: string, stream: Writable): boolean
  protected abstract begin(): void
  protected abstract draw(): void
  protected abstract finish(): void

  protected lines(layout: Omit<Layout, 'colors'>): string[] {
    return renderProgress(this.options.state(), { ...layout, colors: this.options.colors })
  }

  #end(): void {
    this.state = 'stopped'
    this.#cancel?.()
    this.#cancel = undefined
  }
}

class PlainView extends DrawingView {
  constructor(options: ProgressViewOptions) {
    super(options, options.plainIntervalMs ?? PLAIN_MS)
  }

  writeAbove(text: string, stream: Writable): boolean {
    return stream.write(text)
  }

  protected begin(): void {}

  protected draw(): void {
    this.options.stream.write(`${this.lines({ width: undefined }).join('\n')}\n`)
  }

  protected finish(): void {
    this.draw()
  }
}

const ERASE_DOWN = '\r\x1b[J'

class TerminalView extends DrawingView {
  readonly #onResize = () => this.draw()

  constructor(options: ProgressViewOptions) {
    super(options, REDRAW_MS)
  }

  writeAbove(text: string, stream: Writable): boolean {
    if (this.state !== 'started') return stream.write(text)
    const { stream: own } = this.options
    if (own.writableNeedDrain) return stream.write(text)
    own.write(ERASE_DOWN)
    const ready = stream.write(text)
    this.#paint(this.#render())
    return ready
  }

  protected begin(): void {
    this.options.stream.on('resize', this.#onResize)
    this.draw()
  }

  protected draw(): void {
    // A terminal that takes nothing (Ctrl+S) gets the newest state later, not all the states in between.
    if (!this.options.stream.writableNeedDrain) this.#paint(this.#render())
  }

  protected finish(): void {
    this.options.stream.off('resize', this.#onResize)
    this.options.stream.write(`${this.#text(this.#render())}\r\x1b[J`)
  }

  #render(): string[] {
    const { columns, rows } = this.options.stream
    return this.lines({ width: columns || DEFAULT_WIDTH, height: rows || undefined })
  }

  /** Draws over what is there and goes back up to the first line. */
  #paint(lines: readonly string[]): void {
    this.options.stream.write(`${this.#text(lines)}\r\x1b[J\x1b[${lines.length}A`)
  }

  #text(lines: readonly string[]): string {
    return lines.map((line) => `${line}\x1b[K\n`).join('')
  }
}

function everyUnreferenced(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms)
  timer.unref()
  return () => clearInterval(timer)
}
