/**
 * How busy a shard is, to tell when the load generator is the limit and not the target.
 *
 * Shape   counts and maxima since the last `take()`
 * Units   milliseconds; utilization is 0 … 1
 */
import { type EventLoopUtilization, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import type { StartRecorder } from '../../executor/host.js'
import type { DialError } from '../../net/errors.js'
import { type GeneratorLoad, LATE_START } from '../generator-load.js'

/** Milliseconds between looks at the event loop. */
const STALL_RESOLUTION = 20
/** For so long after the start a stall is that of the start. */
const START_UP = 1000

/** EADDRINUSE comes when a source address is given: its ports are all taken. */
const OUT_OF_PORTS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EADDRINUSE'])

export class LoadMeter implements StartRecorder {
  readonly #delays = monitorEventLoopDelay({ resolution: STALL_RESOLUTION })
  readonly #gcObserver: PerformanceObserver
  #lastTake = performance.now()
  #lastUtilization: EventLoopUtilization = performance.eventLoopUtilization()
  #gcTime = 0
  #longestGc = 0
  #starts = 0
  #lateStarts = 0
  #longestLag = 0
  #outOfFiles = 0
  #outOfPorts = 0
  #heldUp = 0
  /** Undefined while stalls are looked at. */
  #watchStallsFrom: number | undefined

  constructor() {
    this.#gcObserver = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#gcTime += duration
        if (duration > this.#longestGc) this.#longestGc = duration
      }
    })
    this.#gcObserver.observe({ entryTypes: ['gc'] })
    this.#delays.enable()
  }

  /** Hot: once per iteration of the open model. */
  started(lag: number): void {
    this.#starts++
    if (lag >= LATE_START) this.#lateStarts++
    if (lag > this.#longestLag) this.#longestLag = lag
  }

  /** The shard stood still for so many milliseconds, because outputs had not taken its samples. */
  heldUp(ms: number): void {
    this.#heldUp += ms
  }

  /** Counts the failures that are this machine's. */
  readonly dialFailed = (error: DialError): void => {
    // Without a cause it is about the option that sets source addresses, not about ports.
    if (OUT_OF_PORTS.has(error.code) && error.cause !== undefined) this.#outOfPorts++
    else if (error.code === 'EMFILE' || error.code === 'ENFILE') this.#outOfFiles++
  }

  /**
   * The scenarios begin: what came before is not their affair. Nor is the start itself, when many VUs begin at once and code runs for the
   * first time: stalls are looked at from the first report after a second on.
   */
  begin(): void {
    this.#delays.disable()
    this.take()
    this.#watchStallsFrom = performance.now() + START_UP
  }

  take(): GeneratorLoad {
    const now = performance.now()
    const utilization = performance.eventLoopUtilization()
    const load: GeneratorLoad = {
      interval: now - this.#lastTake,
      utilization: performance.eventLoopUtilization(utilization, this.#lastUtilization).utilization,
      // The measured delay is the time between two looks, which includes the planned one.
      longestStall: this.#delays.count === 0 ? 0 : Math.max(0, this.#delays.max / 1e6 - STALL_RESOLUTION),
      gcTime: this.#gcTime,
      longestGc: this.#longestGc,
      starts: this.#starts,
      lateStarts: this.#lateStarts,
      longestLag: this.#longestLag,
      outOfFiles: this.#outOfFiles,
      outOfPorts: this.#outOfPorts,
      heldUpByOutputs: this.#heldUp,
    }
    this.#lastTake = now
    this.#lastUtilization = utilization
    this.#delays.reset()
    if (this.#watchStallsFrom !== undefined && now >= this.#watchStallsFrom) {
      this.#watchStallsFrom = undefined
      this.#delays.enable()
    }
    this.#gcTime = 0
    this.#longestGc = 0
    this.#starts = 0
    this.#lateStarts = 0
    this.#longestLag = 0
    this.#outOfFiles = 0
    this.#outOfPorts = 0
    this.#heldUp = 0
    return load
  }
}
