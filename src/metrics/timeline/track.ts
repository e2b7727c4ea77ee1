/**
 * One time series in bounded memory: the last ten minutes by the second, older measurements by ten seconds, and then by the minute. When there
 * are too many minutes, every two become one.
 *
 *   ── minutes (540 at most, then 2 minutes each …) ──┼── 10 s (540) ──┼── 1 s (600) ──► now
 *
 * Units   epoch milliseconds
 */
import type { MetricDefinition } from '../metric.js'
import { createSink, type Sink, type SinkState } from '../sink.js'
import { Cell } from './cell.js'

export interface Point {
  readonly start: number
  readonly width: number
  readonly state: SinkState
}

/** A point that is unpacked only when `state` is called, because that is most of the work. */
export interface Stretch {
  readonly start: number
  readonly width: number
  readonly state: () => SinkState
}

/** The part of a metric that a track is about: null for the whole, the tags of a threshold's selector, or one value of one tag. */
export type TrackTags = Readonly<Record<string, string>> | null

export interface LevelShape {
  readonly width: number
  /** How many cells the level may have; older ones go to the next level. */
  readonly limit: number
}

export interface TrackShape {
  /** From fine to coarse. */
  readonly levels: readonly LevelShape[]
  /** True drops what is too old for the last level. False makes that level coarser. */
  readonly forgets: boolean
}

interface Level {
  width: number
  readonly limit: number
  /** Samples from this moment on belong to this level, older ones to the next. */
  from: number
  /** In order of time. Stretches without samples have no cell. */
  cells: Cell[]
}

/** Older cells get no more samples, except from a thread that stood still. */
const OPEN_MS = 3000

export class Track {
  /** `rtt`, `rtt{kind:a}`: unique in a timeline. */
  readonly name: string
  readonly metric: MetricDefinition
  readonly tags: TrackTags
  /** From fine to coarse. */
  readonly #levels: readonly Level[]
  readonly #forgets: boolean
  /** How many cells of the first level are closed. */
  #closed = 0

  constructor(name: string, metric: MetricDefinition, tags: TrackTags, { levels, forgets }: TrackShape) {
    this.#forgets = forgets
    this.name = name
    this.metric = metric
    this.tags = tags
    this.#levels = levels.map(({ width, limit }) => ({ width, limit, from: Number.NEGATIVE_INFINITY, cells: [] }))
  }

  add(at: number, state: SinkState): void {
    const level = this.#levels.find(({ from }) => at >= from) as Level
    const index = this.#cellOf(level, at)
    ;(level.cells[index] as Cell).add(state)
    // The samples come late: their cell must be packed again.
    if (level === this.#levels[0] && index < this.#closed) this.#closed = index
  }

  /** Called once a second with the present moment: closes cells and moves old ones to coarser levels. */
  advance(now: number): void {
    this.#closeCells(now - OPEN_MS)
    this.#levels.forEach((level, i) => {
      const next = this.#levels[i + 1]
      if (next === undefined) this.#forgets ? this.#forget(level, now) : this.#bound(level)
      else this.#moveOld(level, next, now)
    })
  }

  /** The points, oldest first. Older ones are wider; those of the last seconds still grow. */
  points(from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): Point[] {
    return this.stretches(from, to).map(({ start, width, state }) => ({ start, width, state: state() }))
  }

  /** The points for work that is done in turns: changes of the track meanwhile do not change this list. */
  stretches(from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): Stretch[] {
    return this.#levels
      .toReversed()
      .flatMap(({ width, cells }) =>
        cells
          .slice(indexOf(cells, from), indexOf(cells, to))
          .map((cell) => ({ start: cell.start, width, state: () => cell.state() })),
      )
  }

  /** All points that began between two moments, merged; empty when nothing was measured. */
  between(from: number, to: number = Number.POSITIVE_INFINITY): Sink {
    const sink = createSink(this.metric.type)
    for (const { state } of this.points(from, to)) sink.merge(state)
    return sink
  }

  /** The index of the cell that a moment belongs to. A missing cell is made. */
  #cellOf(level: Level, at: number): number {
    const start = Math.floor(at / level.width) * level.width
    const index = indexOf(level.cells, start)
    if (level.cells[index]?.start !== start) {
      level.cells.splice(index, 0, new Cell(start, createSink(this.metric.type)))
    }
    return index
  }

  #closeCells(before: number): void {
    const [first] = this.#levels
    const cells = first?.cells ?? []
    for (; this.#closed < cells.length; this.#closed++) {
      const cell = cells[this.#closed] as Cell
      if (cell.start + (first as Level).width > before) return
      cell.close()
    }
  }

  #moveOld(level: Level, next: Level, now: number): void {
    // Only whole cells of the next level: otherwise a cell would lack the samples that this level still has.
    level.from = Math.floor((now - level.width * level.limit) / next.width) * next.width
    const old = level.cells.splice(0, indexOf(level.cells, level.from))
    this.#pour(old, next)
    if (level === this.#levels[0]) this.#closed = Math.max(0, this.#closed - old.length)
  }

  #forget(level: Level, now: number): void {
    const old = level.cells.splice(0, indexOf(level.cells, now - level.width * level.limit))
    this.#closed = Math.max(0, this.#closed - old.length)
  }

  #bound(level: Level): void {
    if (level.cells.length <= level.limit) return
    const { cells } = level
    level.width *= 2
    level.cells = []
    this.#pour(cells, level)
  }

  /** Merges cells into those of a level, and packs each changed cell once. */
  #pour(cells: readonly Cell[], level: Level): void {
    const changed = new Set<Cell>()
    for (const cell of cells) {
      const into = level.cells[this.#cellOf(level, cell.start)] as Cell
      into.add(cell.state())
      changed.add(into)
    }
    for (const cell of changed) cell.close({ coarse: true })
  }
}

/** The index of the first cell that begins at a moment or later. */
function indexOf(cells: readonly Cell[], moment: number): number {
  let [low, high] = [0, cells.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((cells[middle] as Cell).start < moment) low = middle + 1
    else high = middle
  }
  return low
}
