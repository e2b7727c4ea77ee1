/**
 * The time series of a run: the measurements of every metric, every submetric and every value of a few tags, by the second. There is one
 * timeline per run, which the dashboard, reports, result files, comparisons and thresholds over a time window read.
 *
 *   shards ─► Aggregates (once a second, with the stretch of time they are about) ─► Timeline ─► points, windows
 *
 * Shape   memory is bounded by time ({@link Track}) and by the number of tracks: a run of ten hours takes a little more than one of ten minutes
 * Units   epoch milliseconds
 */
import type { MetricDefinition } from '../metric.js'
import type { Aggregates, MetricRegistry, TagValue } from '../registry.js'
import type { SinkState } from '../sink.js'
import { type LevelShape, Track, type TrackShape, type TrackTags } from './track.js'

/** The most tracks for values of tags. Metrics and submetrics always have a track. */
const MOST_TAG_TRACKS = 1000

const SECOND = 1000
/** Seconds that stay open for reports that come late. */
const SPARE_SECONDS = 3
/** How long after the end of a second the last shard has reported it. */
const REPORT_DELAY = 500
const HISTORY: readonly [LevelShape, ...LevelShape[]] = [
  { width: SECOND, limit: 600 },
  { width: 10 * SECOND, limit: 540 },
  { width: 60 * SECOND, limit: 540 },
]

/** What a reader of time series may do. */
export interface TimelineReader {
  /** All time series that had samples, in the order of their first ones. */
  tracks(): Iterable<Track>
  /** By name: `rtt`, `rtt{kind:a}` as a threshold has it, or {@link trackName} for the value of a tag. */
  track(name: string): Track | undefined
  /** Points that began before this moment are complete, unless a thread stands still. */
  readonly completeUntil: number
  /** Time series of tag values that were left out because there are too many. */
  readonly leftOut: number
}

export interface TimelineOptions {
  /** Keeps the whole run; without it only the last seconds, as many as {@link TimelineOptions.recentMs} says. */
  readonly history: boolean
  /** The longest window that will be asked for. */
  readonly recentMs: number
}

export class Timeline implements TimelineReader {
  readonly #registry: MetricRegistry
  readonly #shape: TrackShape
  readonly #tracks = new Map<string, Track>()
  readonly #leftOut = new Set<string>()
  #tagTracks = 0
  #completeUntil = Number.NEGATIVE_INFINITY

  /** The registry has the metrics and submetrics that the names in aggregates stand for. */
  constructor(registry: MetricRegistry, { history, recentMs }: TimelineOptions) {
    const recent = Math.ceil(recentMs / SECOND) + SPARE_SECONDS
    const [finest, ...others] = HISTORY
    this.#registry = registry
    this.#shape = history
      ? { levels: [{ ...finest, limit: Math.max(finest.limit, recent) }, ...others], forgets: false }
      : { levels: [{ ...finest, limit: recent }], forgets: true }
  }

  tracks(): IterableIterator<Track> {
    return this.#tracks.values()
  }

  track(name: string): Track | undefined {
    return this.#tracks.get(name)
  }

  get completeUntil(): number {
    return this.#completeUntil
  }

  get leftOut(): number {
    return this.#leftOut.size
  }

  /** Adds what one shard measured between two moments. A stretch longer than a second counts for the second in its middle. */
  merge(aggregates: Aggregates, since: number, until: number): void {
    const at = (since + until) / 2
    for (const { name, view, tag, state } of aggregates) {
      // Scenarios and groups are tags, which have tracks of their own.
      if (view !== undefined) continue
      const track = tag === undefined ? this.#trackOf(name) : this.#tagTrack(name, tag)
      track?.add(at, state)
    }
  }

  /** Adds to a metric what the main thread has measured. */
  add(metric: MetricDefinition, at: number, state: SinkState): void {
    const track = this.#tracks.get(metric.name) ?? this.#make(metric.name, metric, null)
    track.add(at, state)
  }

  /** Called once a second. */
  advance(now: number): void {
    for (const track of this.#tracks.values()) track.advance(now)
    this.#completeUntil = Math.floor((now - REPORT_DELAY) / SECOND) * SECOND
  }

  /** The track of a metric or submetric. */
  #trackOf(name: string): Track | undefined {
    const track = this.#tracks.get(name)
    if (track !== undefined) return track
    const metric = this.#registry.get(name)
    if (metric !== undefined) return this.#make(name, metric, null)
    const submetric = this.#registry.submetric(name)
    const parent = submetric === undefined ? undefined : this.#registry.get(submetric.metric)
    return submetric === undefined || parent === undefined ? undefined : this.#make(name, parent, submetric.tags)
  }

  #tagTrack(metricName: string, { key, value }: TagValue): Track | undefined {
    const name = trackName(metricName, key, value)
    // A submetric of a threshold may have the same name. It has the same samples, and is reported by itself.
    if (this.#registry.submetric(name) !== undefined) return undefined
    const track = this.#tracks.get(name)
    if (track !== undefined) return track
    const metric = this.#registry.get(metricName)
    if (metric === undefined) return undefined
    if (this.#tagTracks === MOST_TAG_TRACKS) {
      if (this.#leftOut.size < MOST_TAG_TRACKS) this.#leftOut.add(name)
      return undefined
    }
    this.#tagTracks++
    return this.#make(name, metric, { [key]: value })
  }

  #make(name: string, metric: MetricDefinition, tags: TrackTags): Track {
    const track = new Track(name, metric, tags, this.#shape)
    this.#tracks.set(name, track)
    return track
  }
}

/** The name of the track of one value of a tag. */
export function trackName(metric: string, key: string, value: string): string {
  return `${metric}{${key}:${value}}`
}
