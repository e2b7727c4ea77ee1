/**
 * The engine of many machines: its parts are the shards of instances, which do a segment of the test each. It finds and claims agents, gives
 * each its segment, sees that all start at one moment, and passes on what they tell. What was measured arrives once and in order, whatever
 * the network does (link.ts).
 *
 *   load      here, once: the script is checked before anybody else sees it
 *   prepare   agents claimed ▸ program stored ▸ each instance loads it and initialises its VUs
 *   call      on one instance
 *   start     on all, at one moment of the common clock
 *   close     agents are free again
 *
 * An instance that is lost: what it has told is kept, and `onLost` says what becomes of the rest of its part.
 *
 * Units   milliseconds
 * Errors  ClusterError from `load` and `prepare`: no network, no agents, or agents that cannot do it
 */
import { randomBytes } from 'node:crypto'
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { Engine, EngineEvents, ResultListener } from '../engine/engine.js'
import type { EngineProgress } from '../engine/progress.js'
import { decodeReport } from '../engine/report-codec.js'
import type { DoneWork, LoadedScript, Program, Workload } from '../engine/workload.js'
import type { Log } from '../log/log.js'
import type { LogBatch } from '../log/relay.js'
import { decodeSamples } from '../metrics/sample-codec.js'
import { requirementsOf } from '../plan/requirements.js'
import { ScenarioState } from '../plan/scenario.js'
import { Share } from '../plan/share.js'
import type { CreateEngine, EngineOptions } from '../run/create-engine.js'
import { ClusterError } from './errors.js'
import { Gate } from './gate.js'
import { Hub } from './hub.js'
import { completeProgram, encodeProgramFile } from './program-file.js'
import { addProgress } from './progress.js'
import type { FromInstance, Standing, ToInstance } from './protocol.js'
import { LOST_AFTER, RemoteInstance } from './remote-instance.js'
import { type Claim, Roster, type Wanted } from './roster.js'
import { divide } from './segments.js'
import { processTiming, type Timing } from './timing.js'
import type { Transport } from './transport.js'

export type LostPolicy = 'continue' | 'abort' | 'replace'

export interface ClusterOptions {
  readonly openTransport: () => Promise<Transport>
  /** For the script's first load, which happens here. */
  readonly createLocalEngine: CreateEngine
  readonly wanted: Wanted
  /** Parts as large as the agents' numbers of cores; otherwise all alike. */
  readonly isWeighted: boolean
  readonly onLost: LostPolicy
  /** Threads of each instance; undefined: one per core. */
  readonly shards: number | undefined
  /** Of sockeye. */
  readonly version: string
  readonly timing?: Timing
}

/** A part of the test, and who does it. */
interface Slot {
  readonly segment: string
  /** 0 to 1. */
  readonly fraction: number
  /** Undefined while there is nobody. */
  remote: RemoteInstance | undefined
  readonly prepared: Gate
  readonly ended: Gate
  /** Whoever does it now can start. */
  isReady: boolean
  /** What those have done that are lost. */
  readonly past: Standing[]
  startedAt: number | undefined
}

/** Numbers of parts of one instance are below this. */
const PARTS_PER_INSTANCE = 4096
/** Time for the word to start to reach all instances, and more for each of them. */
const START_LEAD = 500
const START_LEAD_PER_INSTANCE = 1
/** An instance that hears nothing stops by itself after this; sooner when another may take its place. */
const PATIENCE = 10_000
const RELEASE_LIMIT = 2000
/** So long an agent is looked for that can take the place of one that is lost. */
const REPLACE_LIMIT = 15_000
/** More of setup data goes as a file. */
const LARGEST_INLINE = 64 * 1024
/** Descriptors that a process needs beside one for each VU. */
const OWN_DESCRIPTORS = 64
/** Clocks that differ by more are told. */
const LARGEST_CLOCK_DIFFERENCE = 5000

export class ClusterEngine implements Engine {
  readonly #events: EngineEvents
  readonly #log: Log
  readonly #epochOrigin: number
  readonly #options: ClusterOptions
  readonly #timing: Timing
  readonly #run = randomBytes(6).toString('hex')
  readonly #local: Engine
  readonly #ended = new Gate()
  readonly #flushes = new Map<RemoteInstance, Gate>()
  #opening: Promise<Transport> | undefined
  #transport: Transport | undefined
  #program: Program | undefined
  #hub: Hub | undefined
  #roster: Roster | undefined
  #results: ResultListener | undefined
  #slots: Slot[] = []
  #sequence = ''
  #instances = 0
  #calling: { readonly remote: RemoteInstance; readonly result: Gate<CallResult | undefined> } | undefined
  #start: Extract<ToInstance, { type: 'start' }> | undefined
  readonly #scaled = new Map<number, ToInstance>()
  #hasBegun = false
  #isPaused = false
  #isSpreadTold = false
  #isStopping = false
  #closing: Promise<void> | undefined
  readonly #losses: string[] = []

  constructor({ events, log, epochOrigin }: EngineOptions, options: ClusterOptions) {
    this.#events = events
    this.#log = log
    this.#epochOrigin = epochOrigin
    this.#options = options
    this.#timing = options.timing ?? processTiming
    this.#local = options.createLocalEngine({ events, log, shards: 1, epochOrigin })
  }

  async load(program: Program): Promise<LoadedScript | undefined> {
    // What is wrong with it is told after what is wrong with the script.
    this.#opening = this.#options.openTransport()
    this.#opening.catch(() => undefined)
    const loaded = await this.#local.load(program)
    if (loaded === undefined || this.#closing !== undefined) return undefined
    this.#program = await completeProgram(program, loaded.openedFiles)
    await this.#local.close()
    this.#transport = await this.#opening
    return loaded
  }

  async prepare(workload: Workload, results: ResultListener): Promise<void> {
    this.#results = results
    const transport = this.#transport
    if (transport === undefined || this.#program === undefined) return
    assertWhole(workload)
    this.#openHub(transport)
    const claims = await (this.#roster as Roster).claim(this.#options.wanted, () => this.#isStopping)
    if (claims.length === 0) return
    this.#assign(claims)
    if (this.#isStopping) return
    this.#assertCapable(workload)
    this.#compareClocks(claims)
    await transport.put(this.#file, encodeProgramFile({ program: this.#program, workload }))
    await Promise.all(this.#slots.map((slot) => this.#initialise(slot)))
  }

  #openHub(transport: Transport): void {
    this.#hub = new Hub({
      transport,
      timing: this.#timing,
      side: 'coordinator',
      id: this.#run,
      onHail: (hail) => {
        if (this.#roster?.hear(hail) === true || hail.type !== 'gone') return
        this.#slotOf(hail.link)?.remote?.lose('it has ended its part')
      },
    })
    this.#roster = new Roster(this.#hub, this.#run, this.#options.version)
  }

  get #file(): string {
    return `run-${this.#run}`
  }

  get #setupFile(): string {
    return `setup-${this.#run}`
  }

  #assign(claims: readonly Claim[]): void {
    const sorted = claims.toSorted((a, b) => (a.card.name < b.card.name ? -1 : 1))
    const { parts, sequence } = divide(sorted.map(({ card }) => (this.#options.isWeighted ? card.cores : 1)))
    this.#sequence = sequence
    this.#slots = sorted.map((claim, i) => {
      const slot: Slot = {
        ...(parts[i] as (typeof parts)[number]),
        remote: undefined,
        prepared: new Gate(),
        ended: new Gate(),
        isReady: false,
        past: [],
        startedAt: undefined,
      }
      this.#occupy(slot, claim)
      return slot
    })
    const list = sorted.map(({ card }) => card.name).join(', ')
    this.#log.info(`${sorted.length} ${sorted.length === 1 ? 'instance' : 'instances'}: ${list}`)
  }

  #occupy(slot: Slot, { card, link }: Claim): RemoteInstance {
    const firstPart = this.#instances++ * PARTS_PER_INSTANCE
    const remote = new RemoteInstance({
      hub: this.#hub as Hub,
      link,
      card,
      onMessage: (message) => this.#receive(slot, remote, firstPart, message),
      onLost: (reason) => this.#lost(slot, remote, reason),
    })
    slot.remote = remote
    return remote
  }

  /** A VU may need a connection: better now than in the middle of the test. */
  #assertCapable({ scenarios }: Workload): void {
    const { maxVUs: inAll } = requirementsOf(scenarios, Share.WHOLE)
    for (const { segment, fraction, remote } of this.#slots) {
      const { descriptors, name } = remote?.card ?? {}
      if (descriptors === undefined || descriptors === null) continue
      // What rounding may add is little, and to work out the part takes time.
      if (inAll * fraction + scenarios.length + OWN_DESCRIPTORS <= descriptors) continue
      const { maxVUs } = requirementsOf(scenarios, Share.parse(segment, this.#sequence))
      if (maxVUs + OWN_DESCRIPTORS <= descriptors) continue
      throw new ClusterError(
        'ERR_AGENT_DESCRIPTORS',
        `agent "${name}" may open ${descriptors} more files, and its part of the test has up to ${maxVUs} VUs`,
        'raise the limit where the agent is started (ulimit -n, LimitNOFILE=), or use more instances',
      )
    }
  }

  #compareClocks(claims: readonly Claim[]): void {
    for (const { card } of claims) {
      const ahead = card.wallClock - this.#timing.wallClock()
      if (Math.abs(ahead) < LARGEST_CLOCK_DIFFERENCE) continue
      const far = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'}`
      this.#log.warning(`the clock of agent "${card.name}" is ${far} this machine's`, {
        hint: 'results do not depend on it, but certificates and what scripts make of Date do: set it, with NTP for example',
      })
    }
  }

  async #initialise(slot: Slot): Promise<void> {
    const { remote } = slot
    if (remote !== undefined) await this.#sendTask(slot, remote)
    await slot.prepared.passed
  }

  async #sendTask({ segment, past }: Slot, remote: RemoteInstance): Promise<void> {
    if (!(await remote.measured())) return
    const isReplaceable = this.#options.onLost === 'replace'
    remote.send({
      type: 'init',
      task: {
        file: this.#file,
        segment,
        sequence: this.#sequence,
        shards: this.#options.shards,
        epochOrigin: this.#epochOrigin + remote.ours(0),
        patience: isReplaceable ? LOST_AFTER : PATIENCE,
        isReplaceable,
        resumed: past.length === 0 ? undefined : doneBy(past),
      },
    })
  }

  /** From now on it does what all do; one that comes later hears what the others have heard. */
  #ready(slot: Slot, remote: RemoteInstance): void {
    slot.isReady = true
    slot.prepared.open()
    if (this.#hasBegun) remote.send({ type: 'begin' })
    for (const scale of this.#scaled.values()) remote.send(scale)
    this.#sendStart(slot)
    if (this.#isPaused) remote.send({ type: 'pause' })
  }

  begin(): void {
    this.#hasBegun = true
    this.#broadcast({ type: 'begin' })
  }

  async call(call: LifecycleCall): Promise<CallResult> {
    for (;;) {
      const remote = this.#slots.find(({ isReady }) => isReady)?.remote
      if (remote === undefined) return { outcome: 'interrupted' }
      const result = await this.#callOn(remote, call)
      if (result !== undefined) return result
      if (this.#closing !== undefined) return { outcome: 'interrupted' }
      if (call.name === 'setup') {
        this.#events.onLost(`agent "${remote.name}"`, 'it was lost while it ran setup(), which runs once only')
      }
      // A summary does nothing but make a text; who knows what a teardown has done by now.
      if (call.name !== 'handleSummary') return { outcome: 'interrupted' }
    }
  }

  /** Undefined when the instance was lost meanwhile. */
  async #callOn(remote: RemoteInstance, call: LifecycleCall): Promise<CallResult | undefined> {
    const result = new Gate<CallResult | undefined>()
    this.#calling = { remote, result }
    remote.send({ type: 'call', call })
    const called = await result.passed
    this.#calling = undefined
    return called
  }

  get place(): string {
    const { count } = this.#options.wanted
    return count === 'all' ? 'all agents that are free' : `${count} ${count === 1 ? 'agent' : 'agents'}`
  }

  get startLead(): number {
    return START_LEAD + START_LEAD_PER_INSTANCE * this.#slots.length
  }

  async start(setupData: string | undefined): Promise<void> {
    const at = this.#timing.now() + this.startLead
    const isLarge = setupData !== undefined && setupData.length > LARGEST_INLINE
    if (isLarge) await this.#transport?.put(this.#setupFile, Buffer.from(setupData)).catch(() => undefined)
    this.#start = {
      type: 'start',
      at,
      setupData: isLarge ? undefined : setupData,
      setupFile: isLarge ? this.#setupFile : undefined,
    }
    for (const slot of this.#slots) this.#sendStart(slot)
    await Promise.all(this.#slots.map(({ ended }) => ended.passed))
    this.#ended.open()
  }

  #sendStart({ remote, isReady }: Slot): void {
    if (this.#start !== undefined && isReady) remote?.send({ ...this.#start, at: remote.theirs(this.#start.at) })
  }

  pause(): void {
    this.#isPaused = true
    this.#broadcast({ type: 'pause' })
  }

  resume(): void {
    this.#isPaused = false
    this.#broadcast({ type: 'resume' })
  }

  scale(scenario: number, vus: number, maxVUs: number): void {
    const message: ToInstance = { type: 'scale', scenario, vus, maxVUs }
    this.#scaled.set(scenario, message)
    this.#broadcast(message)
  }

  stop(): void {
    this.#isStopping = true
    this.#broadcast({ type: 'stop' })
  }

  interrupt(): void {
    this.#isStopping = true
    if (this.#slots.length === 0) this.#local.interrupt()
    this.#broadcast({ type: 'interrupt' })
  }

  report(): void {
    this.#broadcast({ type: 'report' })
  }

  async flush(limitMs: number): Promise<void> {
    const flushed = this.#living.map((remote) => {
      const gate = new Gate()
      this.#flushes.set(remote, gate)
      remote.send({ type: 'flush' })
      return gate.passed
    })
    await this.#within(Promise.all(flushed), limitMs)
  }

  progress(): EngineProgress {
    return addProgress(
      this.#slots.map(({ remote, past }) => ({
        living: remote?.standing?.progress,
        past: past.map(({ progress }) => progress),
      })),
    )
  }

  get isComplete(): boolean {
    return this.#slots.every(({ remote, past }) => past.length === 0 && remote?.standing?.isComplete !== false)
  }

  get hasLostWork(): boolean {
    // What is missing because machines were lost is told in `losses`, and what that means the user has decided.
    return this.#slots.some(({ remote, past }) => past.length === 0 && remote?.standing?.hasLostWork === true)
  }

  get losses(): readonly string[] {
    return this.#losses
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isStopping = true
    await this.#local.close()
    const transport = await this.#opening?.catch(() => undefined)
    await this.#within(Promise.all(this.#living.map((remote) => remote.release())), RELEASE_LIMIT)
    for (const slot of this.#slots) this.#giveUp(slot)
    this.#hub?.end()
    if (transport === undefined) return
    const files = [this.#file, ...(this.#start?.setupFile === undefined ? [] : [this.#start.setupFile])]
    if (this.#slots.length > 0 && transport.isConnected) {
      await this.#within(Promise.all(files.map((file) => transport.remove(file))), RELEASE_LIMIT)
    }
    await this.#within(transport.close(), RELEASE_LIMIT)
  }

  get #living(): RemoteInstance[] {
    return this.#slots.flatMap(({ remote }) => (remote === undefined ? [] : [remote]))
  }

  #slotOf(link: string): Slot | undefined {
    return this.#slots.find(({ remote }) => remote?.link === link)
  }

  #broadcast(message: ToInstance): void {
    for (const remote of this.#living) remote.send(message)
  }

  #receive(slot: Slot, remote: RemoteInstance, firstPart: number, message: FromInstance): void {
    const taken = (number: number) => (): void => {
      if (slot.remote === remote) remote.send({ type: 'taken', number })
    }
    switch (message.type) {
      case 'prepared':
        return this.#ready(slot, remote)
      case 'init failed':
        return this.#events.onInitFailed(message.vu)
      case 'failed':
        return remote.lose(message.reason)
      case 'called':
        if (this.#calling?.remote === remote) this.#calling.result.open(message.result)
        return
      case 'started':
        return this.#started(slot, remote.ours(message.at))
      case 'ended':
        return slot.ended.open()
      case 'flushed':
        return this.#flushes.get(remote)?.open()
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

  /** An instance whose results cannot be read is lost. */
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

  /** When all have told, how far apart they began. */
  #started(slot: Slot, at: number): void {
    slot.startedAt ??= at
    const living = this.#slots.filter(({ remote }) => remote !== undefined)
    if (this.#isSpreadTold || living.length < 2 || living.some(({ startedAt }) => startedAt === undefined)) return
    this.#isSpreadTold = true
    const moments = living.map(({ startedAt }) => startedAt as number)
    const spread = Math.max(...moments) - Math.min(...moments)
    const unsure = Math.max(...living.map(({ remote }) => remote?.clock.uncertainty ?? 0))
    this.#log.info(
      `${living.length} instances started within ${spread.toFixed(1)} ms (clocks are known to ${unsure.toFixed(1)} ms)`,
    )
  }

  #lost(slot: Slot, remote: RemoteInstance, reason: string): void {
    slot.remote = undefined
    slot.isReady = false
    if (remote.standing !== undefined) slot.past.push(remote.standing)
    if (this.#calling?.remote === remote) this.#calling.result.open(undefined)
    this.#flushes.get(remote)?.open()
    if (this.#closing !== undefined) return this.#giveUp(slot)
    this.#decide(slot, remote, reason)
  }

  #decide(slot: Slot, remote: RemoteInstance, reason: string): void {
    const part = `agent "${remote.name}"`
    if (slot.ended.isOpen) {
      this.#log.warning(`${part} was lost after its part of the test: ${reason}`)
      return
    }
    const isLast = this.#living.length === 0
    this.#losses.push(`${part} with ${percent(slot.fraction)} of the test was lost ${this.#when()}: ${reason}`)
    if (this.#options.onLost === 'replace' && !this.#isStopping) {
      this.#log.warning(`${this.#losses.at(-1)}`, { hint: 'another agent is looked for to go on with its part' })
      void this.#replace(slot)
      return
    }
    if (this.#options.onLost === 'abort' || isLast) {
      this.#events.onLost(part, isLast ? `${reason}; no instance is left` : reason)
    } else {
      this.#log.warning(`${this.#losses.at(-1)}`, {
        hint: 'what it had measured counts, and the run goes on without the rest; --on-lost abort or replace does otherwise',
      })
    }
    this.#giveUp(slot)
  }

  async #replace(slot: Slot): Promise<void> {
    const wanted = { ...this.#options.wanted, count: 1, waitMs: REPLACE_LIMIT }
    const claims = await (this.#roster as Roster).claim(wanted, () => this.#isStopping).catch(() => [])
    const [claim] = claims
    if (claim !== undefined && !this.#isStopping) {
      const remote = this.#occupy(slot, claim)
      this.#log.warning(
        `agent "${remote.name}" takes over ${percent(slot.fraction)} of the test; its virtual users begin anew`,
      )
      this.#losses.push(`agent "${remote.name}" took over ${percent(slot.fraction)} of the test ${this.#when()}`)
      return this.#sendTask(slot, remote)
    }
    if (claim !== undefined) void this.#occupy(slot, claim).release()
    if (!this.#isStopping) this.#log.warning(`no agent is free to take over ${percent(slot.fraction)} of the test`)
    this.#giveUp(slot)
    if (this.#living.length === 0 && !this.#isStopping) {
      this.#events.onLost('the last agent', 'no instance is left, and none can take its place')
    }
  }

  #when(): string {
    if (this.#start === undefined) return 'before the start'
    return `${Math.max(0, Math.round((this.#timing.now() - this.#start.at) / 1000))} s after the start`
  }

  /** Nobody waits for that part any more. */
  #giveUp(slot: Slot): void {
    slot.prepared.open()
    slot.ended.open()
  }

  async #within(done: Promise<unknown>, ms: number): Promise<void> {
    let cancel = (): void => {}
    const limit = new Promise<void>((resolve) => {
      cancel = this.#timing.after(ms, resolve)
    })
    await Promise.race([done, limit])
    cancel()
  }
}

/** A segment of a segment would be a part of which nobody else knows. */
function assertWhole({ executionSegment, executionSegmentSequence }: Workload): void {
  if (executionSegment === '' && executionSegmentSequence === '') return
  throw new ClusterError(
    'ERR_SEGMENT_OF_CLUSTER',
    `the test has an execution segment (${executionSegment || executionSegmentSequence}), and a run on several machines divides it by itself`,
    'leave executionSegment and executionSegmentSequence out, or run without --nats',
  )
}

/** What those who are lost have done, by scenario. */
function doneBy(past: readonly Standing[]): DoneWork[] {
  const { scenarios } = addProgress([{ living: undefined, past: past.map(({ progress }) => progress) }])
  return scenarios.map(({ iterations, dropped }, index) => ({
    ended: iterations,
    dropped,
    isOver: past.some(({ progress }) => (progress.scenarios[index]?.state ?? 0) >= ScenarioState.done),
  }))
}

function withInstance(batch: LogBatch, instance: string): LogBatch {
  return { ...batch, records: batch.records.map((record) => ({ ...record, fields: { ...record.fields, instance } })) }
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`
}
