/**
 * A metric's definition: what is measured, how samples of it add up, and in which unit.
 *
 * Units   `time` values are milliseconds (fractions allowed), `data` values are bytes, `default` values have no unit
 */
export type MetricType = 'counter' | 'gauge' | 'rate' | 'trend'
export type ValueKind = 'default' | 'time' | 'data'

export interface MetricDefinition {
  readonly name: string
  readonly type: MetricType
  readonly contains: ValueKind
}

/** How a metric is declared, by the program itself and by modules: name, type, and what it contains unless that is `default`. */
export type MetricDeclaration = readonly [name: string, type: MetricType, contains?: ValueKind]
