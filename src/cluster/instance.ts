/**
 * One run on an agent: an engine runs a segment of the test. The instance obeys the coordinator and sends it the results.
 *
 *   waiting ── init ──► initialising ──► prepared ── start ──► running ──► ended        ── release ──► over
 *   any state ── no message for `patience` ──► alone: stops gracefully, keeps its results ──► over
 *   any state ── leave() ──► stops gracefully, sends its results ──► over
 *
 * Units  milliseconds
 */
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { AggregateReport, Engine, EngineEvents, ResultListener } from '../engine/engine.js'
import { encodeReport } from '../engine/report-codec.js'
import type { Workload } from '../engine/workload.js'
import { Log } from '../log/log.js'
import type { LogBatch } from '../log/relay.js'
import type { SampleBatch } from '../metrics/recorder.js'
import { encodeSamples } from '../metrics/sample-codec.js'
import { Share } from '../plan/share.js'
import type { CreateEngine } from '../run/create-engine.js'
import { Gate } from './gate.js'
import type { Hub } from './hub.js'
import type { Keep, Keeper } from './kept-results.js'
import { LARGEST_MESSAGE, type Link } from './link.js'
import { fromInstance, pings, pongs, toInstance } from './message-codec.js'
import { decodeProgramFile, type ProgramFile } from './program-file.js'
import type { FromInstance, InstanceTask, Standing, ToInstance } from './protocol.js'
import { every, within } from './timing.js'

export interface InstanceOptions {
  readonly hub: Hub
  readonly link: string
  readonly cores: number
  readonly createEngine: CreateEngine
  readonly keep: Keep
  /** The log of the agent, for the user who started it. */
  readonly log: Log
  readonly onOver: () => void
}

/** How long the coordinator may be silent before `init`, which has the limit for later. */
const FIRST_PATIENCE = 10_000
const LOOK_INTERVAL = 500
/** How long iterations may still run when the agent is told to end. Kubernetes, for example, gives a process 30 s. */
const LEAVE_GRACE = 15_000
const FLUSH_LIMIT = 5000
const LAST_WORD = 500

export class Instance implements EngineEvents, ResultListener {
  readonly #options: InstanceOptions
  readonly #link: Link
  readonly #over = new Gate()
  readonly #taken = new Map<number, () => void>()
  readonly #stopLooking: () => void
  #batches = 0
  /** Log lines of the load; undefined once the script is loaded. */
  #loadLog: LogBatch[] | undefined = []
  #heardAt: number
  #engine: Engine | undefined
  #task: InstanceTask | undefined
  /** Setup data that was fetched as a file. */
  #fetched: Promise<string | undefined> | undefined
  #isStarting = false
  #start: Promise<void> | undefined
  #kept: Keeper | undefined
  #isEnding = false

  constructor(options: InstanceOptions) {
    this.#options = options
    const { hub, link } = options
    this.#heardAt = hub.timing.now()
    this.#link = hub.open(link, {
      onMessage: (bytes) => this.#receive(bytes),
      onDatagram: (bytes) => this.#ping(bytes),
    })
    this.#stopLooking = every(hub.timing, LOOK_INTERVAL, () => this.#look())
  }

  get link(): string {
    return this.#options.link
  }

  /** Resolves when the instance has ended. */
  get over(): Promise<void> {
    return this.#over.passed
  }

  /** The agent was told to end: iterations may finish, and the results are sent. */
  async leave(): Promise<void> {
    if (this.#isEnding) return this.over
    this.#isEnding = true
    this.#send({ type: 'leaving' })
    await this.#windDown(LEAVE_GRACE)
    this.#send({ type: 'left', standing: this.#standing })
    await within(this.#options.hub.timing, this.#link.idle(), FLUSH_LIMIT)
    await this.#finish(false)
  }

  /** Interrupts running iterations. */
  hurry(): void {
    this.#engine?.interrupt()
  }

  /** The coordinator has said that it does not know this link any more. */
  forsake(): void {
    void this.#goOnAlone('the coordinator has ended the run')
  }

  #receive(bytes: Uint8Array): void {
    const message = this.#decoded(() => toInstance.decode(bytes))
    if (message === undefined) return
    this.#heardAt = this.#options.hub.timing.now()
    this.#obey(message)
  }

  #obey(message: ToInstance): void {
    const engine = this.#engine
    switch (message.type) {
      case 'init':
        if (this.#task === undefined) void this.#init(message.task)
        return
      case 'begin':
        return engine?.begin(this.#options.hub.timing.now() - message.at)
      case 'call':
        void this.#call(message.call)
        return
      case 'fetch':
        void this.#fetch(message.setupFile).then(() => this.#send({ type: 'fetched' }))
        return
      case 'start':
        void this.#startAt(message)
        return
      case 'pause':
        return engine?.pause()
      case 'resume':
        return engine?.resume()
      case 'scale':
        return engine?.scale(message.scenario, message.vus, message.maxVUs)
      case 'stop':
        return engine?.stop()
      case 'interrupt':
        return engine?.interrupt()
      case 'report':
        return engine?.report()
      case 'flush':
        void this.#flush()
        return
      case 'taken':
        this.#taken.get(message.number)?.()
        this.#taken.delete(message.number)
        return
      case 'release':
        void this.#finish(false)
        return
      default:
        message satisfies never
    }
  }

  async #init(task: InstanceTask): Promise<void> {
    this.#task = task
    try {
      const bytes = await this.#options.hub.transport.get(task.file)
      if (bytes === undefined) throw new Error('the test is not there any more')
      const file = decodeProgramFile(bytes)
      if (this.#isEnding || this.#over.isOpen) return
      await this.#prepare(file, task)
    } catch (error) {
      this.#send({ type: 'failed', reason: (error as Error).message })
    }
  }

  async #prepare(file: ProgramFile, task: InstanceTask): Promise<void> {
    const { createEngine, cores, keep, hub, link } = this.#options
    const { program } = file
    const log = new Log(program.isVerbose ? 'debug' : 'info', (record) =>
      this.onLog({ records: [record], dropped: 0 }, () => {}),
    )
    const engine = createEngine({ events: this, log, shards: task.shards ?? cores, epochOrigin: task.epochOrigin })
    this.#engine = engine
    const loaded = await engine.load(program)
    this.#tellOfLoad(loaded !== undefined)
    // The log has the reason already.
    if (loaded === undefined) return
    this.#kept = keep({
      run: link.split('.')[0] as string,
      script: loaded,
      url: program.script.url,
      workload: file.workload,
      now: () => task.epochOrigin + hub.timing.now(),
    })
    await engine.prepare(ownWorkload(file, task), this)
    this.#send({ type: 'prepared' })
  }

  /** Drops log lines of the init code when it succeeded: the coordinator has loaded the same script and has logged them. */
  #tellOfLoad(hasLoaded: boolean): void {
    const batches = this.#loadLog ?? []
    this.#loadLog = undefined
    for (const batch of batches) this.onLog(hasLoaded ? { ...batch, records: [] } : batch, () => {})
  }

  async #call(call: LifecycleCall): Promise<void> {
    const result: CallResult = (await this.#engine?.call(call)) ?? { outcome: 'interrupted' }
    this.#send({ type: 'called', result }, `what ${call.name}() returned`)
  }

  async #startAt({ at, pauses, setupData, setupFile }: Extract<ToInstance, { type: 'start' }>): Promise<void> {
    const { timing } = this.#options.hub
    if (this.#isStarting) return
    this.#isStarting = true
    const data = setupFile === undefined ? setupData : await this.#fetch(setupFile)
    await new Promise<void>((resolve) => timing.after(Math.max(0, at - timing.now()), resolve))
    if (this.#engine === undefined || this.#over.isOpen) return
    this.#start = this.#engine.start(
      data,
      this.#task?.resumed === undefined ? undefined : { ago: timing.now() - at, pauses },
    )
    this.#kept?.results?.scenariosBegin()
    this.#send({ type: 'started', at: timing.now() })
    await this.#start
    this.#kept?.results?.scenariosEnd()
    // An instance that leaves early has not done its whole part, so it does not send `ended`.
    if (!this.#isEnding) this.#send({ type: 'ended', standing: this.#standing })
  }

  #fetch(setupFile: string): Promise<string | undefined> {
    this.#fetched ??= this.#textOf(setupFile)
    return this.#fetched
  }

  async #textOf(file: string): Promise<string | undefined> {
    const bytes = await this.#options.hub.transport.get(file).catch(() => undefined)
    if (bytes !== undefined) return Buffer.from(bytes).toString('utf8')
    this.#send({ type: 'failed', reason: 'what setup() returned could not be fetched' })
    return undefined
  }

  async #flush(): Promise<void> {
    await this.#engine?.flush(FLUSH_LIMIT)
    this.#send({ type: 'flushed', standing: this.#standing })
  }

  get #standing(): Standing {
    const engine = this.#engine
    return {
      progress: engine?.progress() ?? NOTHING_YET,
      isComplete: engine?.isComplete ?? true,
      hasLostWork: engine?.hasLostWork ?? false,
    }
  }

  #ping(bytes: Uint8Array): void {
    const receivedAt = this.#options.hub.timing.now()
    this.#heardAt = receivedAt
    const ping = this.#decoded(() => pings.decode(bytes))
    if (ping === undefined) return
    const standing = this.#engine === undefined ? undefined : this.#standing
    const sentAt = this.#options.hub.timing.now()
    this.#link.datagram(pongs.encode({ type: 'pong', number: ping.number, receivedAt, sentAt, standing }))
  }

  #look(): void {
    const silence = this.#options.hub.timing.now() - this.#heardAt
    if (silence > (this.#task?.patience ?? FIRST_PATIENCE)) {
      void this.#goOnAlone(`nothing was heard of the coordinator for ${Math.round(silence / 1000)} s`)
    }
  }

  /** The coordinator is lost: the work stops, because another instance may have taken over this part, and the results are kept here. */
  async #goOnAlone(reason: string): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#options.log.warning(`${reason}: the run ends here`)
    this.#send({ type: 'leaving' })
    if (this.#task?.isReplaceable === true) this.#engine?.interrupt()
    await this.#windDown(Number.POSITIVE_INFINITY)
    // The coordinator may be reachable again, and can use this.
    this.#send({ type: 'left', standing: this.#standing })
    await within(this.#options.hub.timing, this.#link.idle(), LAST_WORD)
    await this.#finish(true)
  }

  /** Starts no more iterations; running ones have their graceful stop, but at most `graceMs`. Resolves when all results were handed over. */
  async #windDown(graceMs: number): Promise<void> {
    const engine = this.#engine
    if (engine === undefined) return
    engine.stop()
    if (this.#start === undefined) engine.interrupt()
    else {
      await within(this.#options.hub.timing, this.#start, graceMs)
      engine.interrupt()
      await this.#start
    }
    await engine.flush(FLUSH_LIMIT)
  }

  async #finish(wasAlone: boolean): Promise<void> {
    if (this.#over.isOpen) return
    this.#isEnding = true
    this.#stopLooking()
    for (const taken of this.#taken.values()) taken()
    const standing = this.#standing
    this.#options.hub.close(this.#link)
    await this.#engine?.close()
    if (wasAlone) await this.#kept?.end(standing)
    this.#over.open()
    this.#options.onOver()
  }

  /** `what` names the message in the error about its size. */
  #send(message: FromInstance, what = `a message of type ${message.type}`): void {
    if (this.#over.isOpen) return
    const bytes = fromInstance.encode(message)
    if (bytes.length <= LARGEST_MESSAGE) return this.#link.send(bytes)
    const [size, limit] = [inMiB(bytes.length), inMiB(LARGEST_MESSAGE)]
    const reason = `${what} has ${size} MiB, and at most ${limit} can be sent between machines`
    if (message.type === 'called') this.#send({ type: 'called', result: { outcome: 'invalid', message: reason } })
    else this.#send({ type: 'failed', reason })
  }

  #decoded<T>(decode: () => T): T | undefined {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#send({ type: 'failed', reason: `it got what it cannot read: ${error.message}` })
      return undefined
    }
  }

  onAggregates(part: number, report: AggregateReport): void {
    this.#kept?.results?.onAggregates(part, report)
    const { done = [] } = report
    this.#send({ type: 'report', part, report: encodeReport(report), done, standing: this.#standing })
  }

  onSamples(part: number, batch: SampleBatch, taken: () => void): void {
    const number = this.#awaitTaken(taken)
    this.#send({ type: 'samples', part, number, batch: encodeSamples(batch) })
  }

  onLog(batch: LogBatch, acknowledge: () => void): void {
    if (this.#loadLog !== undefined) {
      this.#loadLog.push(batch)
      return acknowledge()
    }
    this.#send({ type: 'log', number: this.#awaitTaken(acknowledge), batch })
  }

  /** Returns the number of a batch. When nobody will answer, it counts as taken at once, so that the engine does not wait. */
  #awaitTaken(taken: () => void): number {
    const number = this.#batches++
    if (this.#isEnding) taken()
    else this.#taken.set(number, taken)
    return number
  }

  onAbort(message: string, place: string): void {
    this.#send({ type: 'abort', message, place })
  }

  onFail(message: string): void {
    this.#send({ type: 'fail', message })
  }

  onInitFailed(vu: number): void {
    this.#send({ type: 'init failed', vu })
  }

  onLost(part: string, reason: string, goesOn = false): void {
    this.#send({ type: 'part lost', part, reason, goesOn })
  }
}

function inMiB(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024)
}

const NOTHING_YET: Standing['progress'] = {
  vus: { active: 0, initialized: 0 },
  iterations: { complete: 0, failed: 0, interrupted: 0 },
  openWebSockets: 0,
  scenarios: [],
}

/** The workload of this instance: with its segment, and its part of limits such as `rps` that are for the whole test. */
function ownWorkload({ workload, plannedVUs }: ProgramFile, task: InstanceTask): Workload {
  const { segment, sequence, instance, resumed } = task
  const { fraction } = Share.parse(segment, sequence)
  const { http } = workload
  return {
    ...workload,
    executionSegment: segment,
    executionSegmentSequence: sequence,
    wholeTest: { plannedVUs, instance },
    http: { ...http, rps: http.rps * fraction },
    ...(resumed === undefined ? {} : { resumed }),
  }
}
