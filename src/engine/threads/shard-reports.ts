/**
 * What a shard sends without being asked: results once a second, samples while an output wants them, and a heartbeat while its event loop
 * turns.
 */
import { monotonicClock } from '../../base/clock.js'
import { transferablesOf } from '../../metrics/recorder.js'
import type { CountedWork } from '../workload.js'
import { type ControlBlock, ScenarioCell, ShardCell } from './control-block.js'
import type { LoadMeter } from './load-meter.js'
import type { FromShard, ShardBoot, ShardPlan } from './protocol.js'
import { SampleRoad } from './sample-road.js'
import type { Services } from './services.js'

const AGGREGATION_INTERVAL = 1000
/** Raw samples are sent this often, as in k6. */
const SAMPLE_INTERVAL = 50
const HEARTBEAT_INTERVAL = 200
/** Built-ins are checked at every fifth beat, because the check takes some tenths of a millisecond. */
const BEATS_BETWEEN_TRIALS = 5
/** In ms. A script that has run this long without a pause counts as stuck, also while the shard waits for slow outputs. */
const LONGEST_WITHOUT_TURN = 1000

export class ShardReports {
  readonly #shard: number
  readonly #epochOrigin: number
  readonly #services: Services
  readonly #load: LoadMeter
  readonly #send: (message: FromShard, transfer?: ArrayBuffer[]) => void
  #control: ControlBlock | null = null
  /** How many scenarios the plan has. */
  #scenarios = 0
  /** Null when no output wants samples. */
  #sampleRoad: SampleRoad | null = null
  /** The end of the last report, in epoch milliseconds. */
  #sentUntil = 0
  #beats = 0
  /** When the event loop turned last, on the run's clock, plus the time spent waiting for outputs since. */
  #loopTurnedAt = 0

  constructor(
    boot: ShardBoot,
    services: Services,
    load: LoadMeter,
    send: (message: FromShard, transfer?: ArrayBuffer[]) => void,
  ) {
    this.#shard = boot.shard
    this.#epochOrigin = boot.epochOrigin
    this.#services = services
    this.#load = load
    this.#send = send
  }

  /** Starts to send. `isBroken` is called every second; when it is true, the thread will be ended, and beats no more. */
  begin(control: ControlBlock, { scenarios, batchesTaken }: ShardPlan, isBroken: () => boolean): void {
    this.#control = control
    this.#scenarios = scenarios.length
    const { recorder } = this.#services
    if (recorder !== null) {
      this.#sampleRoad = new SampleRoad(new Int32Array(batchesTaken), this.#shard)
      recorder.onFull = () => this.#sendFullBatch()
      setInterval(() => this.#sendSamples(), SAMPLE_INTERVAL)
    }
    this.#sentUntil = this.#now()
    this.#sendEverySecond()
    const turn = (): void => {
      this.#loopTurnedAt = monotonicClock.now()
      if (this.#beats % BEATS_BETWEEN_TRIALS === 0 && isBroken()) return
      this.#beat()
    }
    turn()
    setInterval(turn, HEARTBEAT_INTERVAL)
  }

  sendResults(): void {
    const { registry, checks } = this.#services
    this.#services.tellFolded()
    this.#sendBatch()
    const aggregates = registry.take()
    const deltas = checks.take()
    const errors = this.#services.errors.take()
    const load = this.#load.take()
    const [since, until] = [this.#sentUntil, this.#now()]
    this.#sentUntil = until
    const perSeries = registry.takeSeries()
    const series = registry.seriesCount
    const done = this.#doneWork()
    this.#send({
      type: 'aggregates',
      report: { aggregates, perSeries, since, until, checks: deltas, errors, series, load, done },
    })
  }

  /** The iterations that the results contain when they are sent together with this. */
  #doneWork(): CountedWork[] {
    const count = (scenario: number, cell: number): number =>
      this.#control?.getScenario(this.#shard, scenario, cell) ?? 0
    return Array.from({ length: this.#scenarios }, (_, scenario) => ({
      ended: count(scenario, ScenarioCell.iterations),
      dropped: count(scenario, ScenarioCell.dropped),
    }))
  }

  /** In epoch milliseconds. */
  #now(): number {
    return this.#epochOrigin + monotonicClock.now()
  }

  /** Sends at every full second, so that the reports of all shards cover the same seconds. */
  #sendEverySecond(): void {
    const left = AGGREGATION_INTERVAL - (this.#now() % AGGREGATION_INTERVAL)
    // A timer may fire a moment early.
    const delay = left < AGGREGATION_INTERVAL / 10 ? left + AGGREGATION_INTERVAL : left
    setTimeout(() => {
      this.sendResults()
      this.#sendEverySecond()
    }, delay)
  }

  /** When outputs are behind, samples are sent later, or when the batch is full. */
  #sendSamples(): void {
    if (this.#sampleRoad?.isFull === false) this.#sendBatch()
  }

  /** The shard stands still until outputs have room for another batch, so that no sample is lost. */
  #sendFullBatch(): void {
    const road = this.#sampleRoad
    if (road?.isFull) {
      const ownTime = monotonicClock.now() - this.#loopTurnedAt
      const waited = road.wait(() => {
        // Without a beat the watchdog ends the shard. It should for a loop that never yields, but not because outputs are slow.
        if (ownTime < LONGEST_WITHOUT_TURN) this.#beat()
      })
      this.#load.heldUp(waited)
      this.#loopTurnedAt += waited
    }
    this.#sendBatch()
  }

  #sendBatch(): void {
    const { recorder } = this.#services
    if (recorder === null || recorder.length === 0) return
    const batch = recorder.take()
    this.#sampleRoad?.sent()
    this.#send({ type: 'samples', batch }, transferablesOf(batch))
  }

  #beat(): void {
    this.#control?.setShard(this.#shard, ShardCell.heartbeat, ++this.#beats)
  }
}
