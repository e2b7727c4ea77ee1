/**
 * One shard: a thread that owns its virtual users end to end. It answers the messages of protocol.ts, in their order.
 */
import { fileURLToPath } from 'node:url'
import type { MessagePort } from 'node:worker_threads'
import { monotonicClock } from '../../base/clock.js'
import { executorFor } from '../../executor/create.js'
import type { LoadedVu } from '../../executor/host.js'
import { ScenarioRun } from '../../executor/scenario-run.js'
import { Redactor } from '../../log/redactor.js'
import { LogRelay } from '../../log/relay.js'
import { transferablesOf } from '../../metrics/recorder.js'
import { modulesFor } from '../../modules/index.js'
import { SharedArrays } from '../../modules/k6-data/shared-arrays.js'
import { knownSecrets, SecretSources } from '../../modules/k6-secrets/sources.js'
import type { BuiltinModule } from '../../modules/module.js'
import { ConnectionError, DialError } from '../../net/errors.js'
import { poolAddress } from '../../net/local-ips.js'
import { ScenarioState } from '../../plan/scenario.js'
import { Share } from '../../plan/share.js'
import { compileConstructedCode } from '../../script/constructed.js'
import { ScriptProgram } from '../../script/script-program.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { CallResult, LifecycleCall } from '../calls.js'
import type { CountedWork, LoadedScript } from '../workload.js'
import { ControlBlock, ScenarioCell, ShardCell } from './control-block.js'
import { installErrorStacks } from './error-stacks.js'
import { performCall } from './lifecycle-call.js'
import { LiveCounters } from './live-counters.js'
import { LoadMeter } from './load-meter.js'
import { OpenedFiles } from './opened-files.js'
import { type FromShard, RESCUE, type ShardBoot, type ShardPlan, type ToShard } from './protocol.js'
import { SampleRoad } from './sample-road.js'
import { readExport, readOptions } from './script-options.js'
import { Services } from './services.js'
import { ShardHost } from './shard-host.js'
import { SharedBuiltins } from './shared-builtins.js'
import { Peers } from './vu-exchange.js'
import { VuFactory } from './vu-factory.js'
import { numberInTest, VuNumbers } from './vu-numbers.js'
import { VuPool } from './vu-pool.js'

const AGGREGATION_INTERVAL = 1000
/** Raw samples leave the shard this often, as k6 hands them to outputs. */
const SAMPLE_INTERVAL = 50
const HEARTBEAT_INTERVAL = 200
/** A script that has run so long at one go, in ms, is not excused by slow outputs. */
const LONGEST_WITHOUT_TURN = 1000
const LAST_COLUMN = 100_000

/** Where the files of sockeye are, as frames of a stack name it. */
const OWN_FRAMES = fileURLToPath(new URL('.', import.meta.url))

/** A failure of the network, which reaches a socket by way of sockeye. */
function isOfTarget(error: Error): boolean {
  return error instanceof DialError || error instanceof ConnectionError || 'syscall' in error
}

export class ShardThread {
  readonly #boot: ShardBoot
  readonly #port: MessagePort
  readonly #relay: LogRelay
  readonly #secrets: SecretSources
  /** For what leaves the thread in other forms than lines of the log. */
  readonly #redactor = new Redactor()
  readonly #program: ScriptProgram
  readonly #modules: ReadonlyMap<string, BuiltinModule>
  #services: Services
  #plan: ShardPlan | null = null
  #control: ControlBlock | null = null
  #factory: VuFactory | null = null
  #host: ShardHost | null = null
  #numbers: VuNumbers | null = null
  readonly #pool = new VuPool()
  readonly #allVus: VirtualUser[] = []
  readonly #peers = new Peers()
  readonly #loadMeter = new LoadMeter()
  /** By the number of the scenario. */
  readonly #runs = new Map<number, ScenarioRun>()
  /** Scenarios that were scaled before the start, by their number. */
  readonly #scaledEarly = new Map<number, { readonly vus: number; readonly maxVUs: number }>()
  /** Only the first shard looks; the others run the same script. */
  #sharedBuiltins: SharedBuiltins | null = null
  #setupVu: VirtualUser | null = null
  #setupData: string | undefined
  #isStopped = false
  /** Epoch milliseconds; until then everything has been sent. */
  #sentUntil = 0
  #beats = 0
  /** When the event loop turned last, on the run's clock; moved on by the time that was spent waiting for outputs. */
  #loopTurnedAt = 0
  /** Null when no output wants samples. */
  #sampleRoad: SampleRoad | null = null

  constructor(boot: ShardBoot, port: MessagePort) {
    this.#boot = boot
    this.#port = port
    this.#relay = new LogRelay((batch) => this.#send({ type: 'log', batch }))
    for (const secret of knownSecrets(boot.secretSources)) this.#redactor.add(secret)
    this.#secrets = new SecretSources(boot.secretSources, (secret) => {
      this.#redactor.add(secret)
      this.#relay.conceal(secret)
    })
    this.#program = new ScriptProgram(boot.script)
    installErrorStacks(() => this.#program.positions)
    compileConstructedCode(() => this.#services.current?.runtime)
    this.#modules = modulesFor(boot.script.imports)
    this.#services = this.#createServices(null)
    port.on('message', (message: ToShard) => this.#receive(message))
    Object.assign(globalThis, { [RESCUE]: (line: number, column: number) => this.#rescue(line, column) })
    process.on('unhandledRejection', (reason, promise) => this.#services.current?.rejectionUnhandled(reason, promise))
    process.on('rejectionHandled', (promise) => this.#services.current?.rejectionHandled(promise))
    process.on('uncaughtException', this.#exceptionUncaught)
    if (boot.isLoader) this.#load()
  }

  #send(message: FromShard, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer)
  }

  /**
   * What Node calls itself (listeners of an EventTarget, `nextTick`) and what throws there is the VU's whose turn it was: so is an
   * `error` event that nobody listens for. Exceptions of sockeye's own are the end of the shard.
   */
  readonly #exceptionUncaught = (error: unknown): void => {
    const vu = this.#services.current
    if (vu && this.#isOfScript(error)) {
      vu.exceptionUncaught(error)
      return
    }
    process.off('uncaughtException', this.#exceptionUncaught)
    setImmediate(() => {
      throw error
    })
  }

  #isOfScript(error: unknown): boolean {
    if (!(error instanceof Error) || isOfTarget(error)) return true
    const stack = error.stack ?? ''
    return this.#program.positions.isOfScript(stack) || !stack.includes(OWN_FRAMES)
  }

  #receive(message: ToShard): void {
    switch (message.type) {
      case 'prepare':
        return this.#prepare(message.plan)
      case 'call':
        return this.#call(message.call)
      case 'start':
        return this.#start(message)
      case 'peer':
        return this.#peers.add(message.shard, message.port)
      case 'scale':
        return this.#scale(message.scenario, message.vus, message.maxVUs)
      case 'pause':
        return this.#each((run) => run.pause())
      case 'resume':
        return this.#each((run) => run.resume())
      case 'stop':
        return this.#stop((run) => run.stop())
      case 'interrupt':
        return this.#stop((run) => run.interrupt())
      case 'log taken':
        return this.#relay.acknowledge()
      case 'report':
        return this.#sendResults()
      case 'flush':
        return this.#flush()
      default:
        message satisfies never
    }
  }

  /** Runs the init code as VU 0, to learn what the script exports. */
  #load(): void {
    const files = this.#openedFiles(null)
    const sharedArrays = new SharedArrays()
    for (const { deprecation } of this.#modules.values()) {
      if (deprecation !== undefined) this.#services.log.warning(deprecation)
    }
    const vu = this.#createFactory(files, sharedArrays).create({ idInInstance: 0, idInTest: 0 }, (loaded) => {
      this.#reportSharedChanges()
      if (loaded === undefined) this.#send({ type: 'init failed', vu: 0 })
      else this.#send({ type: 'loaded', script: this.#describe(loaded, files), sharedArrays: sharedArrays.buffers })
    })
    // Our own changes are made by now; the script has not begun.
    this.#sharedBuiltins = new SharedBuiltins()
    this.#allVus.push(vu)
  }

  #describe({ exports }: LoadedVu, files: OpenedFiles): LoadedScript {
    const names = Object.keys(exports)
    const isFunction = (name: string): boolean => typeof readExport(exports, name) === 'function'
    const functions = names.filter(isFunction)
    return {
      functions,
      values: names.filter((name) => !isFunction(name)),
      uncallable: uncallableOf(functions.map((name) => [name, readExport(exports, name)])),
      ...readOptions(exports),
      metrics: [...this.#services.registry.definitions()],
      openedFiles: files.paths,
    }
  }

  #prepare(plan: ShardPlan): void {
    const control = new ControlBlock(plan.shards, plan.scenarios.length, plan.control)
    const instance = Share.parse(plan.executionSegment, plan.executionSegmentSequence)
    this.#plan = plan
    this.#numbers = new VuNumbers(plan.plannedVUs, this.#boot.shard, () => control.addVu())
    this.#control = control
    this.#services = this.#createServices(plan)
    this.#openSampleRoad(plan)
    this.#services.dialer.onFailure = this.#loadMeter.dialFailed
    this.#factory = this.#createFactory(this.#openedFiles(plan.openedFiles), new SharedArrays(plan.sharedArrays))
    this.#host = new ShardHost({
      services: this.#services,
      shard: this.#boot.shard,
      control,
      pool: this.#pool,
      peers: this.#peers,
      starts: this.#loadMeter,
      scenarios: plan.scenarios,
      instance,
      isOfWholeTest: plan.wholeTest !== undefined,
      minIterationDuration: plan.minIterationDuration,
      isReplacement: this.#isReplacement,
      initializeVu: (done) => this.#initializeVu(instance, done),
    })
    this.#keepTime()
    this.#initializeVus(plan.plannedVUs[this.#boot.shard] as number, instance)
  }

  #openSampleRoad({ batchesTaken }: ShardPlan): void {
    const { recorder } = this.#services
    if (recorder === null) return
    this.#sampleRoad = new SampleRoad(new Int32Array(batchesTaken), this.#boot.shard)
    recorder.onFull = () => this.#sendFullBatch()
  }

  #initializeVus(count: number, instance: Share): void {
    let remaining = count
    if (count === 0) this.#send({ type: 'prepared' })
    for (let i = 0; i < count; i++) {
      this.#initializeVu(instance, (loaded) => {
        remaining--
        if (loaded !== undefined) this.#pool.giveBack(loaded)
        if (remaining > 0) return
        this.#pool.sort()
        this.#send({ type: 'prepared' })
      })
    }
  }

  #initializeVu(instance: Share, done: (loaded: LoadedVu | undefined) => void): void {
    const { localIPs, wholeTest } = this.#plan as ShardPlan
    const control = this.#control as ControlBlock
    const number = (this.#numbers as VuNumbers).next()
    const idInTest = numberInTest(number, instance, wholeTest)
    const idInInstance = wholeTest === undefined ? number : idInTest
    const ids = {
      idInInstance,
      idInTest,
      ...(localIPs === null ? {} : { localAddress: poolAddress(localIPs, idInInstance) }),
    }
    const vu = (this.#factory as VuFactory).create(ids, (loaded, outcome) => {
      if (loaded !== undefined) control.addShard(this.#boot.shard, ShardCell.vusInitialized, 1)
      else if (outcome === 'failed') this.#send({ type: 'init failed', vu: idInInstance })
      done(loaded)
    })
    this.#allVus.push(vu)
  }

  #call(call: LifecycleCall): void {
    const done = (result: CallResult): void => {
      // The thread may be ended as soon as the result is known.
      this.#services.tellFolded()
      this.#relay.flush()
      this.#send({ type: 'called', result })
    }
    const vu = performCall(call, this.#services, this.#factory as VuFactory, done)
    // A test that is stopped still runs its teardown and its summary to their ends.
    if (call.name === 'setup') this.#setupVu = vu
  }

  #start({ startedAt, setupData, pauses }: Extract<ToShard, { type: 'start' }>): void {
    const plan = this.#plan as ShardPlan
    const host = this.#host as ShardHost
    this.#setupData = setupData
    // What initialisation and setup cost is not the scenarios' affair.
    this.#loadMeter.begin()
    const instance = Share.parse(plan.executionSegment, plan.executionSegmentSequence)
    const shares = { instance, shard: instance.part(this.#boot.shard, plan.shards) }
    let open = 1
    const ended = (): void => {
      open--
      if (open === 0) this.#ended()
    }
    plan.scenarios.forEach((scenario, index) => {
      if (this.#wasDoneBefore(index)) return
      const create = executorFor(scenario, shares)
      if (create === null) {
        host.counters.setState(index, ScenarioState.done)
        host.counters.finish(index)
        host.exchange.join(index)
        host.exchange.finish(index)
        return
      }
      open++
      const run = new ScenarioRun(host, scenario, index, create, ended)
      this.#runs.set(index, run)
      const scaled = this.#scaledEarly.get(index)
      if (scaled !== undefined) run.scale(scaled.vus, scaled.maxVUs)
    })
    this.#peers.onIteration = ({ scenario, numberInInstance, due }) =>
      this.#runs.get(scenario)?.accept(numberInInstance, due)
    this.#each((run) => run.schedule(startedAt, pauses))
    ended()
    if (this.#isStopped) this.#stop((run) => run.interrupt())
  }

  /** By the thread whose place this one has taken. */
  #wasDoneBefore(scenario: number): boolean {
    const state = this.#control?.getScenario(this.#boot.shard, scenario, ScenarioCell.state) ?? 0
    return this.#isReplacement && state >= ScenarioState.done
  }

  /** Others have begun what this thread is to do: another thread, or another machine. */
  get #isReplacement(): boolean {
    return this.#boot.isReplacement || this.#plan?.resumed !== undefined
  }

  #scale(scenario: number, vus: number, maxVUs: number): void {
    const run = this.#runs.get(scenario)
    if (run === undefined) this.#scaledEarly.set(scenario, { vus, maxVUs })
    else run.scale(vus, maxVUs)
  }

  #each(act: (run: ScenarioRun) => void): void {
    for (const run of this.#runs.values()) act(run)
  }

  #stop(stop: (run: ScenarioRun) => void): void {
    this.#isStopped = true
    this.#each(stop)
    // Init code and setup are not the scenarios'.
    for (const vu of this.#allVus) if (vu.scenario === null) vu.interrupt()
    this.#setupVu?.interrupt()
  }

  /** VUs share them, which those who come from k6 do not expect. */
  #reportSharedChanges(): void {
    for (const change of this.#sharedBuiltins?.changes() ?? []) {
      const hint = 'VUs of a shard share the built-in objects: all of them see the change. In k6 each VU has its own'
      this.#services.log.warning(`the script changes ${change}`, { hint })
    }
  }

  #ended(): void {
    for (const vu of this.#allVus) vu.retire()
    this.#reportSharedChanges()
    this.#sendResults()
    // What iterations have said comes before what teardown says, on whichever shard.
    this.#relay.flush()
    this.#send({ type: 'ended' })
  }

  #flush(): void {
    this.#sendResults()
    this.#relay.flush()
    this.#send({ type: 'flushed' })
  }

  /** Called through the debugger while a VU's code does not yield. */
  #rescue(line: number, column: number): string | undefined {
    this.#sendResults()
    this.#relay.flush()
    const { positions } = this.#program
    let position = positions.map(line, column)
    // The end of a loop has no position of its own: take the one before it.
    for (let above = line - 1; position === undefined && above > 0; above--)
      position = positions.map(above, LAST_COLUMN)
    return position === undefined ? undefined : `${position.source}:${position.line}`
  }

  #sendResults(): void {
    const { registry, checks } = this.#services
    this.#services.tellFolded()
    this.#sendBatch()
    const aggregates = registry.take()
    const deltas = checks.take()
    const errors = this.#services.errors.take()
    const load = this.#loadMeter.take()
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

  /** What the results have by now, if this is called with them. */
  #doneWork(): CountedWork[] {
    const count = (scenario: number, cell: number): number =>
      this.#control?.getScenario(this.#boot.shard, scenario, cell) ?? 0
    return (this.#plan?.scenarios ?? []).map((_, scenario) => ({
      ended: count(scenario, ScenarioCell.iterations),
      dropped: count(scenario, ScenarioCell.dropped),
    }))
  }

  /** Epoch milliseconds. */
  #now(): number {
    return this.#boot.epochOrigin + monotonicClock.now()
  }

  /** At every full second, so that what shards send is about the same seconds. */
  #sendEverySecond(): void {
    const left = AGGREGATION_INTERVAL - (this.#now() % AGGREGATION_INTERVAL)
    // A timer may fire a moment early.
    const delay = left < AGGREGATION_INTERVAL / 10 ? left + AGGREGATION_INTERVAL : left
    setTimeout(() => {
      this.#sendResults()
      this.#sendEverySecond()
    }, delay)
  }

  /** What is left when the outputs are behind is sent later, or when a batch is full. */
  #sendSamples(): void {
    if (this.#sampleRoad?.isFull === false) this.#sendBatch()
  }

  /** No sample is lost: the shard stands still until outputs have room for another batch. */
  #sendFullBatch(): void {
    const road = this.#sampleRoad
    if (road?.isFull) {
      const ownTime = monotonicClock.now() - this.#loopTurnedAt
      const waited = road.wait(() => {
        // To wait for outputs is no reason to be ended; a loop of the script that never yields is.
        if (ownTime < LONGEST_WITHOUT_TURN) this.#beat()
      })
      this.#loadMeter.heldUp(waited)
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

  #keepTime(): void {
    this.#sentUntil = this.#now()
    this.#sendEverySecond()
    if (this.#services.recorder !== null) setInterval(() => this.#sendSamples(), SAMPLE_INTERVAL)
    const turn = (): void => {
      this.#loopTurnedAt = monotonicClock.now()
      this.#beat()
    }
    turn()
    setInterval(turn, HEARTBEAT_INTERVAL)
  }

  #beat(): void {
    this.#control?.setShard(this.#boot.shard, ShardCell.heartbeat, ++this.#beats)
  }

  #createFactory(files: OpenedFiles, sharedArrays: SharedArrays): VuFactory {
    return new VuFactory({
      services: this.#services,
      program: this.#program,
      modules: this.#modules,
      files,
      sharedArrays,
      env: this.#boot.env,
      secrets: this.#secrets,
      hasGlobalAlias: this.#boot.compatibilityMode === 'extended',
      setupData: () => this.#setupData,
    })
  }

  #openedFiles(allowed: readonly string[] | null): OpenedFiles {
    return new OpenedFiles(this.#boot.script.folder, allowed, this.#boot.archivedFiles)
  }

  #createServices(plan: ShardPlan | null): Services {
    return new Services({
      boot: this.#boot,
      plan,
      modules: this.#modules,
      relay: this.#relay,
      redactor: this.#redactor,
      instance: new LiveCounters(this.#boot.shard, () => this.#control),
      control: this.#control,
      positions: () => this.#program.positions,
      send: (message) => this.#send(message),
      interrupt: () => this.#stop((run) => run.interrupt()),
    })
  }
}

/** A call of such a function runs none of its body, and a test would be green for nothing. */
function uncallableOf(functions: readonly (readonly [name: string, fn: unknown])[]): Record<string, string> {
  const kinds = functions.map(([name, fn]) => {
    if (/Generator/.test(Object.prototype.toString.call(fn))) return [name, 'a generator function']
    return [name, /^class\b/.test(Function.prototype.toString.call(fn)) ? 'a class' : '']
  })
  return Object.fromEntries(kinds.filter(([, kind]) => kind !== ''))
}
