/**
 * Measures how busy a shard is. The results show whether the load generator was the limit, and not the target.
 *
 * Shape   counts and maxima since the last `take()`
 * Units   milliseconds; utilization is 0 … 1
 */
import { type EventLoopUtilization, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import type { StartRecorder } from '../../executor/host.js'
import type { DialError } from '../../net/errors.js'
import { type GeneratorLoad, LATE_START } from '../generator-load.js'

/** Milliseconds between checks of the event loop. */
const STALL_RESOLUTION = 20
/**
 * Milliseconds after the start of the scenarios in which stalls do not count: many VUs begin at once then, and code runs for the first time.
 */
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

  /** Adds time in which the shard stood still because outputs had not taken its samples. */
  heldUp(ms: number): void {
    this.#heldUp += ms
  }

  /** Counts the failed connections that were the fault of this machine. */
  readonly dialFailed = (error: DialError): void => {
    // Without a cause the error is about the option for source addresses, and not about ports.
    if (OUT_OF_PORTS.has(error.code) && error.cause !== undefined) this.#outOfPorts++
    else if (error.code === 'EMFILE' || error.code === 'ENFILE') this.#outOfFiles++
  }

  /** The scenarios begin: what initialisation and setup cost is dropped. */
  begin(): void {
    this.#delays.disable()
    this.take()
    setTimeout(() => this.#delays.enable(), START_UP).unref()
  }

  take(): GeneratorLoad {
    const now = performance.now()
    const utilization = performance.eventLoopUtilization()
    const load: GeneratorLoad = {
      interval: now - this.#lastTake,
      utilization: performance.eventLoopUtilization(utilization, this.#lastUtilization).utilization,
      // The measured delay is the time between two checks, which includes the planned interval.
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
