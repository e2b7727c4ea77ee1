/**
 * The engine of a run on several machines. Each instance runs a segment of the test; the parts of the engine are the shards of all instances.
 * Results arrive once and in order, whatever the network does (link.ts).
 *
 *   load      here, once: errors of the script are found before other machines get it
 *   prepare   claim agents ▸ store the program ▸ each instance loads it and initialises its VUs
 *   call      on one instance
 *   start     on all instances at the same moment
 *   close     releases the agents
 *
 *   assignment.ts: who does which part        orders.ts: messages to all instances        losses.ts: lost instances
 *
 * Units   milliseconds
 * Errors  ClusterError from `prepare`: no network, no agents, or agents that cannot run the test
 */
import { randomBytes } from 'node:crypto'
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { Engine, EngineEvents, ResultListener } from '../engine/engine.js'
import type { EngineProgress } from '../engine/progress.js'
import { decodeReport } from '../engine/report-codec.js'
import type { LoadedScript, Program, Workload } from '../engine/workload.js'
import type { Log } from '../log/log.js'
import type { LogBatch } from '../log/relay.js'
import { decodeSamples } from '../metrics/sample-codec.js'
import type { CreateEngine, EngineOptions } from '../run/create-engine.js'
import { Assignment } from './assignment.js'
import { Calls } from './calls.js'
import { assertCapable, assertWhole, warnOfDifferences } from './fitness.js'
import { Gate } from './gate.js'
import { Hub } from './hub.js'
import { Losses, type LostPolicy } from './losses.js'
import { Orders } from './orders.js'
import { completeProgram, encodeProgramFile } from './program-file.js'
import { addProgress } from './progress.js'
import type { FromInstance, ToInstance } from './protocol.js'
import type { RemoteInstance } from './remote-instance.js'
import { Roster, type Wanted } from './roster.js'
import { plannedBy } from './segments.js'
import { giveUp, type Slot, startSpread, vacate } from './slot.js'
import { processTiming, type Timing, within } from './timing.js'
import type { Transport } from './transport.js'

export interface ClusterOptions {
  readonly openTransport: () => Promise<Transport>
  /** Creates the engine for `load`, which runs on this machine. */
  readonly createLocalEngine: CreateEngine
  readonly wanted: Wanted
  /** Sizes of parts are in proportion to the cores of their agents; otherwise all are equal. */
  readonly isWeighted: boolean
  readonly onLost: LostPolicy
  /** Threads of each instance; undefined: one per core. */
  readonly shards: number | undefined
  /** The version of sockeye. */
  readonly version: string
  readonly timing?: Timing
}

/** Time for the message `start` to reach all instances, plus a little for each instance. */
const START_LEAD = 500
const START_LEAD_PER_INSTANCE = 1
const RELEASE_LIMIT = 2000
/** Longer setup data (in characters) is sent as a file. */
const LARGEST_INLINE = 64 * 1024

export class ClusterEngine implements Engine {
  readonly #events: EngineEvents
  readonly #log: Log
  readonly #epochOrigin: number
  readonly #options: ClusterOptions
  readonly #timing: Timing
  readonly #run = randomBytes(6).toString('hex')
  readonly #local: Engine
  readonly #ended = new Gate()
  /** Instances with an open question; the gate opens when they answer or are lost. */
  readonly #asked = new Map<RemoteInstance, Gate>()
  #hasSetupFile = false
  #opening: Promise<Transport> | undefined
  #transport: Transport | undefined
  #program: Program | undefined
  #hub: Hub | undefined
  #results: ResultListener | undefined
  /** Empty before agents are claimed. */
  readonly #slots: Slot[] = []
  #assignment: Assignment | undefined
  readonly #orders: Orders
  #isSpreadTold = false
  #isStopping = false
  #closing: Promise<void> | undefined
  readonly #losses: Losses
  readonly #calls: Calls

  constructor({ events, log, epochOrigin }: EngineOptions, options: ClusterOptions) {
    this.#events = events
    this.#log = log
    this.#epochOrigin = epochOrigin
    this.#options = options
    this.#timing = options.timing ?? processTiming
    this.#orders = new Orders(this.#slots, this.#timing)
    this.#local = options.createLocalEngine({ events, log, shards: 1, epochOrigin })
    this.#calls = new Calls({
      choose: () => this.#slots.find(({ isReady }) => isReady)?.remote,
      onLost: (part, reason) => events.onLost(part, reason),
      isClosing: () => this.#closing !== undefined,
    })
    this.#losses = new Losses({
      policy: options.onLost,
      log,
      onLost: (part, reason) => events.onLost(part, reason),
      living: () => this.#living.length,
      isStopping: () => this.#isStopping,
      replace: async (slot) => this.#assignment?.replace(slot),
      when: () => this.#orders.moment,
    })
  }

  async load(program: Program): Promise<LoadedScript | undefined> {
    // The connection is opened while the script is loaded. Errors of the script come first: only prepare() waits for the connection.
    this.#opening = this.#options.openTransport()
    this.#opening.catch(() => undefined)
    const loaded = await this.#local.load(program)
    if (loaded === undefined || this.#closing !== undefined) return undefined
    this.#program = await completeProgram(program, loaded.openedFiles)
    await this.#local.close()
    return loaded
  }

  async prepare(workload: Workload, results: ResultListener): Promise<void> {
    this.#results = results
    if (this.#opening === undefined || this.#program === undefined) return
    assertWhole(workload)
    const transport = await this.#opening
    if (this.#closing !== undefined) return
    this.#transport = transport
    const assignment = this.#openAssignment(transport, workload)
    const cards = (await assignment.claim()).map(({ card }) => card)
    if (cards.length === 0) return
    const names = cards.map(({ name }) => name).join(', ')
    this.#log.info(`${cards.length} ${cards.length === 1 ? 'instance' : 'instances'}: ${names}`)
    if (this.#isStopping) return
    const { sequence } = assignment
    assertCapable(this.#slots, sequence, workload)
    warnOfDifferences(cards, this.#timing.wallClock(), this.#log)
    const plannedVUs = await plannedBy(this.#slots, sequence, workload)
    await transport.put(this.#file, encodeProgramFile({ program: this.#program, workload, plannedVUs }))
    await assignment.initialise()
  }

  #openAssignment(transport: Transport, { scenarios }: Workload): Assignment {
    const hub = new Hub({
      transport,
      timing: this.#timing,
      side: 'coordinator',
      id: this.#run,
      onHail: (hail) => {
        if (roster.hear(hail) || hail.type !== 'gone') return
        this.#living.find(({ link }) => link === hail.link)?.lose('it has ended its part')
      },
    })
    const roster = new Roster(hub, this.#run, this.#options.version)
    this.#hub = hub
    this.#assignment = new Assignment({
      ...this.#options,
      slots: this.#slots,
      hub,
      roster,
      scenarios,
      file: this.#file,
      epochOrigin: this.#epochOrigin,
      isStopping: () => this.#isStopping,
      receive: (slot, remote, firstPart, message) => this.#receive(slot, remote, firstPart, message),
      lost: (slot, remote, reason) => this.#lost(slot, remote, reason),
    })
    return this.#assignment
  }

  get #file(): string {
    return `run-${this.#run}`
  }

  get #setupFile(): string {
    return `setup-${this.#run}`
  }

  begin(): void {
    this.#orders.begin()
  }

  async call(call: LifecycleCall): Promise<CallResult> {
    const result = await this.#calls.call(call)
    if (call.name === 'setup' && result.outcome === 'returned' && result.value.kind === 'json') {
      await this.#distribute(result.value.json)
    }
    return result
  }

  /** All instances fetch large setup data before the start, because that takes time. */
  async #distribute(setupData: string | undefined): Promise<void> {
    if (this.#hasSetupFile || setupData === undefined || setupData.length <= LARGEST_INLINE) return
    this.#hasSetupFile = true
    await this.#transport?.put(this.#setupFile, Buffer.from(setupData)).catch(() => undefined)
    await Promise.all(this.#ask({ type: 'fetch', setupFile: this.#setupFile }))
  }

  /** Asks all instances that are ready. Each promise resolves when one has answered, or is lost. */
  #ask(question: ToInstance): Promise<void>[] {
    return this.#slots.flatMap(({ remote, isReady }) => {
      if (remote === undefined || !isReady) return []
      const gate = new Gate()
      this.#asked.set(remote, gate)
      remote.send(question)
      return gate.passed
    })
  }

  get place(): string {
    const { count } = this.#options.wanted
    return count === 'all' ? 'all agents that are free' : `${count} ${count === 1 ? 'agent' : 'agents'}`
  }

  get startLead(): number {
    return START_LEAD + START_LEAD_PER_INSTANCE * this.#slots.length
  }

  async start(setupData: string | undefined): Promise<void> {
    await this.#distribute(setupData)
    const inFile = { setupData: undefined, setupFile: this.#setupFile }
    this.#orders.start(this.startLead, this.#hasSetupFile ? inFile : { setupData, setupFile: undefined })
    await Promise.all(this.#slots.map(({ ended }) => ended.passed))
    this.#ended.open()
  }

  pause(): void {
    this.#orders.pause()
  }

  resume(): void {
    this.#orders.resume()
  }

  scale(scenario: number, vus: number, maxVUs: number): void {
    this.#orders.scale(scenario, vus, maxVUs)
  }

  stop(): void {
    this.#isStopping = true
    this.#orders.end('stop')
  }

  interrupt(): void {
    if (this.#slots.length === 0) this.#local.interrupt()
    this.#isStopping = true
    this.#orders.end('interrupt')
  }

  report(): void {
    this.#orders.broadcast({ type: 'report' })
  }

  async flush(limitMs: number): Promise<void> {
    await within(this.#timing, Promise.all(this.#ask({ type: 'flush' })), limitMs)
  }

  progress(): EngineProgress {
    return addProgress(
      this.#slots.map(({ remote, past }) => ({
        living: remote?.standing?.progress,
        past: past.map(({ standing }) => standing.progress),
      })),
    )
  }

  get isComplete(): boolean {
    return this.#slots.every(({ remote, past }) => past.length === 0 && remote?.standing?.isComplete !== false)
  }

  get hasLostWork(): boolean {
    // The work of lost machines does not count here: it is in `losses`, and --on-lost decides what it means.
    return this.#slots.some(({ remote, past }) => past.length === 0 && remote?.standing?.hasLostWork === true)
  }

  get losses(): readonly string[] {
    return this.#losses.stated
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isStopping = true
    await this.#local.close()
    const transport = await this.#opening?.catch(() => undefined)
    await within(this.#timing, Promise.all(this.#living.map((remote) => remote.release())), RELEASE_LIMIT)
    for (const slot of this.#slots) giveUp(slot)
    this.#hub?.end()
    if (transport === undefined) return
    const files = [this.#file, ...(this.#hasSetupFile ? [this.#setupFile] : [])]
    if (this.#slots.length > 0 && transport.isConnected) {
      await within(this.#timing, Promise.all(files.map((file) => transport.remove(file))), RELEASE_LIMIT)
    }
    await within(this.#timing, transport.close(), RELEASE_LIMIT)
  }

  get #living(): RemoteInstance[] {
    return this.#slots.flatMap(({ remote }) => (remote === undefined ? [] : [remote]))
  }

  #receive(slot: Slot, remote: RemoteInstance, firstPart: number, message: FromInstance): void {
    const taken = (number: number) => (): void => {
      if (slot.remote === remote) remote.send({ type: 'taken', number })
    }
    switch (message.type) {
      case 'prepared':
        return this.#prepared(slot, remote)
      case 'init failed':
        return this.#events.onInitFailed(message.vu)
      case 'failed':
        return remote.lose(message.reason)
      case 'called':
        return this.#calls.ended(remote, message.result)
      case 'started':
        return this.#started(slot, remote.ours(message.at))
      case 'ended':
        return slot.ended.open()
      case 'fetched':
      case 'flushed':
        return this.#asked.get(remote)?.open()
      case 'report':
        return this.#passOn(remote, decodeReport, message.report, (report) =>
          this.#results?.onAggregates(firstPart + message.part, report),
        )
      case 'samples':
        return this.#passOn(remote, decodeSamples, message.batch, (batch) =>
          this.#results?.onSamples(firstPart + message.part, batch, taken(message.number)),
        )
      case 'log':
        return this.#events.onLog(withInstance(message.batch, remote.name), taken(message.number))
      case 'abort':
        return this.#events.onAbort(message.message, message.place)
      case 'fail':
        return this.#events.onFail(message.message)
      case 'part lost':
        return this.#events.onLost(`${message.part} of agent "${remote.name}"`, message.reason, message.goesOn)
      case 'leaving':
        return this.#log.warning(`agent "${remote.name}" ends early: it finishes its iterations and leaves`)
      case 'left':
        return remote.lose('it was told to end')
      default:
        message satisfies never
    }
  }

  #prepared(slot: Slot, remote: RemoteInstance): void {
    if (slot.isReady) return
    slot.isReady = true
    slot.prepared.open()
    this.#orders.catchUp(slot, remote)
  }

  /** Decodes results and passes them on. An instance that sends results that cannot be decoded counts as lost. */
  #passOn<T>(
    remote: RemoteInstance,
    decode: (bytes: Uint8Array) => T,
    bytes: Uint8Array,
    pass: (value: T) => void,
  ): void {
    let value: T
    try {
      value = decode(bytes)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return remote.lose(`it sent results that cannot be read: ${error.message}`)
    }
    pass(value)
  }

  /** When all instances have started, logs how far apart their starts were. */
  #started(slot: Slot, at: number): void {
    slot.startedAt ??= at
    const spread = this.#isSpreadTold ? undefined : startSpread(this.#slots)
    if (spread === undefined) return
    this.#isSpreadTold = true
    this.#log.info(spread)
  }

  #lost(slot: Slot, remote: RemoteInstance, reason: string): void {
    this.#calls.ended(remote, undefined)
    this.#asked.get(remote)?.open()
    if (this.#closing === undefined) return this.#losses.happen(slot, remote, reason)
    vacate(slot, remote)
    giveUp(slot)
  }
}

function withInstance(batch: LogBatch, instance: string): LogBatch {
  return { ...batch, records: batch.records.map((record) => ({ ...record, fields: { ...record.fields, instance } })) }
}
