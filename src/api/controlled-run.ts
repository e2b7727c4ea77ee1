/**
 * A running test as the control API sees it.
 *
 * Errors  methods that change something throw or reject with a ControlError, whose status and texts become the answer
 */
import type { RunResults } from '../summary/results.js'

export interface StatusAttributes {
  /** A number of RunPhase. */
  readonly status: number
  readonly paused: boolean
  /** VUs that run iterations now. */
  readonly vus: number
  /** VUs that are initialised. */
  readonly 'vus-max': number
  /** Ended, or told to stop. */
  readonly stopped: boolean
  /** Started and not ended. */
  readonly running: boolean
  /** A threshold failed in the most recent evaluation. */
  readonly tainted: boolean
}

/** What to change. An absent attribute is left as it is. */
export interface StatusChange {
  readonly stopped?: boolean
  readonly paused?: boolean
  readonly vus?: number
  readonly 'vus-max'?: number
  /** Which scenario `vus` and `vus-max` are for; needed only when several are externally controlled. */
  readonly scenario?: string
}

/** What can be changed while it runs. */
export interface Changeable {
  readonly canPause: boolean
  /** Scenarios whose number of VUs may be changed, with what was last asked for. */
  readonly scalable: readonly { readonly name: string; readonly vus: number; readonly maxVUs: number }[]
}

export interface ControlledRun {
  status(): StatusAttributes
  changeable(): Changeable
  change(change: StatusChange): void
  /** The results so far; the statistics of trends are those of {@link API_TREND_STATS}. */
  results(): RunResults
  /** What setup() returned, as JSON; undefined while there is none. */
  setupData: string | undefined
  /** Runs `setup()` and keeps what it returns. Rejects with the reason as the message when it fails. */
  runSetup(): Promise<void>
  runTeardown(): Promise<void>
}

/** The same in every run, whatever the option summaryTrendStats says, so that clients can rely on them. */
export const API_TREND_STATS = ['avg', 'max', 'med', 'min', 'p(90)', 'p(95)'] as const

/** An answer that says what cannot be done, as JSON:API has it. */
export class ControlError extends Error {
  readonly status: number
  readonly title: string

  constructor(status: number, title: string, detail: string) {
    super(detail)
    this.name = 'ControlError'
    this.status = status
    this.title = title
  }
}
