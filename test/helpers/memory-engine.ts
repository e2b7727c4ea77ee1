/**
 * An engine without threads, sockets and scripts: a test says what the script exports, what calls give, and what happens while scenarios
 * run. It keeps the order in which it is asked.
 */
import type { CallResult, LifecycleCall } from '../../src/engine/calls.js'
import type { AggregateReport, Engine, EngineEvents, ResultListener } from '../../src/engine/engine.js'
import type { GeneratorLoad } from '../../src/engine/generator-load.js'
import type { EngineProgress } from '../../src/engine/progress.js'
import type { LoadedScript, Workload } from '../../src/engine/workload.js'
import { declareBuiltins } from '../../src/metrics/builtin.js'
import type { MetricDefinition } from '../../src/metrics/metric.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import type { CreateEngine } from '../../src/run/create-engine.js'

export interface MemoryEngineOptions {
  readonly script?: Partial<LoadedScript>
  readonly calls?: Partial<Record<LifecycleCall['name'], CallResult>>
  /** What happens while the scenarios run; they are over when its promise is. They last until they are interrupted if there is none. */
  readonly run?: (engine: MemoryEngine) => Promise<void> | void
  /** What is left to report in the end. */
  readonly flush?: (engine: MemoryEngine) => void
}

const IDLE: GeneratorLoad = {
  interval: 1000,
  utilization: 0.1,
  longestStall: 1,
  gcTime: 1,
  longestGc: 1,
  starts: 0,
  lateStarts: 0,
  longestLag: 0,
  outOfFiles: 0,
  outOfPorts: 0,
  heldUpByOutputs: 0,
}

const NOTHING: EngineProgress = {
  vus: { active: 0, initialized: 0 },
  iterations: { complete: 0, failed: 0, interrupted: 0 },
  openWebSockets: 0,
  scenarios: [],
}

export class MemoryEngine implements Engine {
  /** Names of the methods that were called, with what matters of their arguments. */
  readonly asked: string[] = []
  readonly events: EngineEvents
  results: ResultListener | undefined
  workload: Workload | undefined
  readonly place = 'local'
  readonly startLead = 0
  isComplete = true
  hasLostWork = false
  losses: readonly string[] = []
  counters: EngineProgress = NOTHING
  readonly #options: MemoryEngineOptions
  readonly #interrupted: Promise<void>
  #interrupt!: () => void

  constructor(events: EngineEvents, options: MemoryEngineOptions) {
    this.events = events
    this.#options = options
    this.#interrupted = new Promise((resolve) => {
      this.#interrupt = resolve
    })
  }

  async load(): Promise<LoadedScript | undefined> {
    this.asked.push('load')
    return {
      functions: ['default'],
      values: [],
      options: undefined,
      uncallable: {},
      optionProblems: [],
      metrics: builtins(),
      openedFiles: [],
      ...this.#options.script,
    }
  }

  async prepare(workload: Workload, results: ResultListener): Promise<void> {
    this.asked.push('prepare')
    this.workload = workload
    this.results = results
  }

  begin(): void {
    this.asked.push('begin')
  }

  async call({ name, argument }: LifecycleCall): Promise<CallResult> {
    this.asked.push(`call ${name}`)
    return this.#options.calls?.[name] ?? { outcome: 'returned', value: { kind: 'json', json: argument } }
  }

  async start(setupData: string | undefined): Promise<void> {
    this.asked.push(setupData === undefined ? 'start' : `start with ${setupData}`)
    const { run } = this.#options
    await Promise.race([run === undefined ? this.#interrupted : run(this), this.#interrupted])
  }

  pause(): void {
    this.asked.push('pause')
  }

  resume(): void {
    this.asked.push('resume')
  }

  scale(scenario: number, vus: number, maxVUs: number): void {
    this.asked.push(`scale ${scenario} to ${vus} of ${maxVUs}`)
  }

  stop(): void {
    this.asked.push('stop')
  }

  interrupt(): void {
    this.asked.push('interrupt')
    this.#interrupt()
  }

  report(): void {
    this.asked.push('report')
  }

  async flush(): Promise<void> {
    this.asked.push('flush')
    await new Promise((resolve) => setTimeout(resolve, 10))
    this.#options.flush?.(this)
  }

  progress(): EngineProgress {
    return this.counters
  }

  async close(): Promise<void> {
    this.asked.push('close')
    this.#interrupt()
  }

  /** A part reports counts of built-in counters. */
  count(part: number, counts: Readonly<Record<string, number>>): void {
    this.results?.onAggregates(part, reportOf(counts))
  }
}

export function reportOf(counts: Readonly<Record<string, number>>): AggregateReport {
  const registry = new MetricRegistry()
  const { root } = new TagInterner()
  for (const [name, value] of Object.entries(counts))
    registry.series(registry.declare(name, 'counter'), root).add(value)
  const until = Date.now()
  const aggregates = registry.take()
  return {
    aggregates,
    perSeries: [],
    checks: undefined,
    errors: undefined,
    series: 1,
    load: IDLE,
    since: until - 1000,
    until,
  }
}

function builtins(): MetricDefinition[] {
  const registry = new MetricRegistry()
  declareBuiltins(registry)
  return [...registry.definitions()]
}

/** For `runTest`; `made` gives the engine once it is there. */
export function memoryEngine(options: MemoryEngineOptions = {}): { create: CreateEngine; made: () => MemoryEngine } {
  let engine: MemoryEngine | undefined
  return {
    create: ({ events }) => {
      engine = new MemoryEngine(events, options)
      return engine
    },
    made: () => engine as MemoryEngine,
  }
}
