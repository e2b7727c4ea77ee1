/**
 * The time series of a run: what every metric, every submetric and every value of a few tags measured, by the second. There is one
 * per run; the dashboard, the report, result files, comparisons and thresholds over a time window read it, and none keeps its own.
 *
 *   shards ─► Aggregates (once a second, with the stretch of time they are about) ─► Timeline ─► points, windows
 *
 * Shape   memory is bounded: by time ({@link Track}) and by the number of tracks. A ten-hour run takes what a ten-minute one takes, and some.
 * Units   epoch milliseconds
 */
import type { MetricDefinition } from '../metric.js'
import type { Aggregates, MetricRegistry, TagValue } from '../registry.js'
import type { SinkState } from '../sink.js'
import { type LevelShape, Track, type TrackShape, type TrackTags } from './track.js'

/** Of values of tags; metrics and submetrics always have theirs. */
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
  /** Everything that began before this moment is complete, unless a thread stands still. */
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

  /** The registry knows what the names of aggregates mean. */
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
      // Scenarios and groups are tags, too.
      if (view !== undefined) continue
      const track = tag === undefined ? this.#trackOf(name) : this.#tagTrack(name, tag)
      track?.add(at, state)
    }
  }

  /** Adds to a metric what is not measured by shards. */
  add(metric: MetricDefinition, at: number, state: SinkState): void {
    const track = this.#tracks.get(metric.name) ?? this.#make(metric.name, metric, null)
    track.add(at, state)
  }

  /** Once a second. */
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
    // A threshold's submetric of the same samples has that name, and is reported by itself.
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
