/**
 * One shard: a thread that runs its virtual users. It handles the messages of protocol.ts in their order.
 */
import type { MessagePort } from 'node:worker_threads'
import { executorFor } from '../../executor/create.js'
import type { LoadedVu } from '../../executor/host.js'
import { ScenarioRun } from '../../executor/scenario-run.js'
import { Redactor } from '../../log/redactor.js'
import { LogRelay } from '../../log/relay.js'
import { modulesFor } from '../../modules/index.js'
import { SharedArrays } from '../../modules/k6-data/shared-arrays.js'
import { knownSecrets, SecretSources } from '../../modules/k6-secrets/sources.js'
import type { BuiltinModule } from '../../modules/module.js'
import { poolAddress } from '../../net/local-ips.js'
import { ScenarioState } from '../../plan/scenario.js'
import { Share } from '../../plan/share.js'
import { compileConstructedCode } from '../../script/constructed.js'
import { ScriptProgram } from '../../script/script-program.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { CallResult, LifecycleCall } from '../calls.js'
import { ControlBlock, ScenarioCell, ShardCell } from './control-block.js'
import { describeScript } from './describe-script.js'
import { installErrorStacks } from './error-stacks.js'
import { isOfScript } from './exceptions.js'
import { performCall } from './lifecycle-call.js'
import { LiveCounters } from './live-counters.js'
import { LoadMeter } from './load-meter.js'
import { OpenedFiles } from './opened-files.js'
import { type FromShard, RESCUE, type ShardBoot, type ShardPlan, type ToShard } from './protocol.js'
import { Services } from './services.js'
import { ShardHost } from './shard-host.js'
import { ShardReports } from './shard-reports.js'
import { SharedBuiltins } from './shared-builtins.js'
import { VitalBuiltins } from './vital-builtins.js'
import { Peers } from './vu-exchange.js'
import { VuFactory } from './vu-factory.js'
import { numberInTest, VuNumbers } from './vu-numbers.js'
import { VuPool } from './vu-pool.js'

const LAST_COLUMN = 100_000

export class ShardThread {
  readonly #boot: ShardBoot
  readonly #port: MessagePort
  readonly #relay: LogRelay
  readonly #secrets: SecretSources
  /** Removes secrets from what leaves the thread, except from lines of the log: there LogRelay does it. */
  readonly #redactor = new Redactor()
  readonly #program: ScriptProgram
  readonly #modules: ReadonlyMap<string, BuiltinModule>
  #services: Services
  #reports: ShardReports
  #plan: ShardPlan | null = null
  #control: ControlBlock | null = null
  #factory: VuFactory | null = null
  #host: ShardHost | null = null
  #numbers: VuNumbers | null = null
  readonly #pool = new VuPool()
  readonly #allVus: VirtualUser[] = []
  readonly #peers = new Peers()
  readonly #loadMeter = new LoadMeter()
  /** The scenarios that run on this shard, by their index in the plan. */
  readonly #runs = new Map<number, ScenarioRun>()
  /** Scenarios that were scaled before the start, by their index in the plan. */
  readonly #scaledEarly = new Map<number, { readonly vus: number; readonly maxVUs: number }>()
  /** Null in all shards but the first: the others run the same script and would log the same. */
  #sharedBuiltins: SharedBuiltins | null = null
  /** Made before any code of the script runs. */
  readonly #vitalBuiltins: VitalBuiltins
  #setupVu: VirtualUser | null = null
  #setupData: string | undefined
  #isStopped = false

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
    this.#reports = this.#createReports()
    port.on('message', (message: ToShard) => this.#receive(message))
    Object.assign(globalThis, { [RESCUE]: (line: number, column: number) => this.#rescue(line, column) })
    process.on('unhandledRejection', (reason, promise) => this.#services.current?.rejectionUnhandled(reason, promise))
    process.on('rejectionHandled', (promise) => this.#services.current?.rejectionHandled(promise))
    process.on('uncaughtException', this.#exceptionUncaught)
    this.#vitalBuiltins = new VitalBuiltins()
    if (boot.isLoader) this.#load()
  }

  readonly #send = (message: FromShard, transfer: ArrayBuffer[] = []): void => {
    this.#port.postMessage(message, transfer)
  }

  /**
   * Exceptions in functions that Node calls, such as listeners of an EventTarget, and `error` events without a listener belong to the VU that
   * ran last. Exceptions of sockeye itself end the shard.
   */
  readonly #exceptionUncaught = (error: unknown): void => {
    const vu = this.#services.current
    if (vu && isOfScript(error, this.#program.positions)) {
      vu.exceptionUncaught(error)
      return
    }
    process.off('uncaughtException', this.#exceptionUncaught)
    setImmediate(() => {
      throw error
    })
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
        return this.#reports.sendResults()
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
      if (loaded === undefined) {
        this.#send({ type: 'init failed', vu: 0 })
        return
      }
      const script = describeScript(loaded.exports, this.#services.registry.definitions(), files.paths)
      this.#send({ type: 'loaded', script, sharedArrays: sharedArrays.buffers })
    })
    // Sockeye has made its own changes by now, and the script has not begun.
    this.#sharedBuiltins = new SharedBuiltins()
    this.#allVus.push(vu)
  }

  #prepare(plan: ShardPlan): void {
    const control = new ControlBlock(plan.shards, plan.scenarios.length, plan.control)
    const instance = Share.parse(plan.executionSegment, plan.executionSegmentSequence)
    this.#plan = plan
    this.#numbers = new VuNumbers(plan.plannedVUs, this.#boot.shard, () => control.addVu())
    this.#control = control
    this.#services = this.#createServices(plan)
    this.#reports = this.#createReports()
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
    this.#reports.begin(control, plan, this.#isBroken)
    this.#initializeVus(plan.plannedVUs[this.#boot.shard] as number, instance)
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
      // Log lines first: the thread may be ended as soon as the result is known.
      this.#services.tellFolded()
      this.#relay.flush()
      this.#send({ type: 'called', result })
    }
    const vu = performCall(call, this.#services, this.#factory as VuFactory, done)
    // Only setup is interrupted when the test is stopped: teardown and handleSummary still run.
    if (call.name === 'setup') this.#setupVu = vu
  }

  #start({ startedAt, setupData, pauses }: Extract<ToShard, { type: 'start' }>): void {
    const plan = this.#plan as ShardPlan
    const host = this.#host as ShardHost
    this.#setupData = setupData
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

  /** True when the thread before this one has finished the scenario. */
  #wasDoneBefore(scenario: number): boolean {
    const state = this.#control?.getScenario(this.#boot.shard, scenario, ScenarioCell.state) ?? 0
    return this.#isReplacement && state >= ScenarioState.done
  }

  /** True when another thread, or another machine, has begun the work of this one. */
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
    // Init code and setup belong to no scenario.
    for (const vu of this.#allVus) if (vu.scenario === null) vu.interrupt()
    this.#setupVu?.interrupt()
  }

  /** Warns of changed built-in objects: all VUs of the shard share them, unlike in k6. */
  #reportSharedChanges(): void {
    for (const change of this.#sharedBuiltins?.changes() ?? []) {
      const hint = 'VUs of a shard share the built-in objects: all of them see the change. In k6 each VU has its own'
      this.#services.log.warning(`the script changes ${change}`, { hint })
    }
  }

  #ended(): void {
    if (this.#isBroken()) return
    for (const vu of this.#allVus) vu.retire()
    this.#reportSharedChanges()
    this.#reports.sendResults()
    // Lines of iterations come before those of teardown, also when it runs on another shard.
    this.#relay.flush()
    this.#send({ type: 'ended' })
  }

  #flush(): void {
    this.#reports.sendResults()
    this.#relay.flush()
    this.#send({ type: 'flushed' })
  }

  /** Called through the debugger while the script never yields: sends the results and returns the place in the user's files. */
  #rescue(line: number, column: number): string | undefined {
    this.#reports.sendResults()
    this.#relay.flush()
    const { positions } = this.#program
    let position = positions.map(line, column)
    // The end of a loop has no position of its own: use the one before it.
    for (let above = line - 1; position === undefined && above > 0; above--)
      position = positions.map(above, LAST_COLUMN)
    return position === undefined ? undefined : `${position.source}:${position.line}`
  }

  /** True when the script has broken a built-in. The main thread then ends this thread. */
  readonly #isBroken = (): boolean => {
    const builtin = this.#vitalBuiltins.broken()
    if (builtin !== undefined) this.#send({ type: 'broken', builtin })
    return builtin !== undefined
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
      send: this.#send,
      interrupt: () => this.#stop((run) => run.interrupt()),
    })
  }

  #createReports(): ShardReports {
    return new ShardReports(this.#boot, this.#services, this.#loadMeter, this.#send)
  }
}
