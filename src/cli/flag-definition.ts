/** The definition of a flag: how it is written, what it takes, and what it sets. Parsing, help and docs/options.md use tables of these. */
import type { OptionName } from '../config/option-table.js'

/**
 *   bool      `--flag`, or `--flag=false`
 *   optional  `--flag`, or `--flag=value`
 *   list      several times, or with commas between the values
 *   repeated  several times; a comma belongs to the value
 */
export type FlagKind = 'bool' | 'int' | 'duration' | 'string' | 'optional' | 'list' | 'repeated'

/** A flag that is not supported yet is refused, so that nobody relies on it. */
type FlagSupport = 'supported' | 'later'

export type FlagGroup =
  | 'Output'
  | 'Workload'
  | 'Script'
  | 'Network and TLS'
  | 'HTTP'
  | 'Metrics and outputs'
  | 'Summary'
  | 'Control'
  | 'Several machines'
  | 'Logging'

export const FLAG_GROUPS: readonly FlagGroup[] = [
  'Output',
  'Workload',
  'Script',
  'Network and TLS',
  'HTTP',
  'Metrics and outputs',
  'Summary',
  'Control',
  'Several machines',
  'Logging',
]

export interface FlagDefinition {
  readonly name: string
  /** One letter. */
  readonly short?: string
  readonly kind: FlagKind
  /** What help shows for the value: `<n>`. */
  readonly placeholder?: string
  readonly group: FlagGroup
  readonly help: string
  /** As help shows it. */
  readonly default?: string
  /** Environment variable without its `K6_` or `SOCKEYE_`. */
  readonly env?: string
  /** The test option that it sets; otherwise it concerns only this run of the tool. */
  readonly option?: OptionName
  readonly support: FlagSupport
}
