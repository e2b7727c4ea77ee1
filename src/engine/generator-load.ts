/**
 * What a part of an engine reports of how busy it is.
 *
 * Units   milliseconds; utilization is 0 … 1
 */

export interface GeneratorLoad {
  /** Time that this is about. */
  readonly interval: number
  /** Part of the time in which the event loop was not waiting. */
  readonly utilization: number
  /** The longest time the event loop did not turn. */
  readonly longestStall: number
  /** Pauses for garbage collection: all together, and the longest. */
  readonly gcTime: number
  readonly longestGc: number
  /** Iterations of the open model that began, how many of them late, and the latest. */
  readonly starts: number
  readonly lateStarts: number
  readonly longestLag: number
  /** Connections that this machine could not make. */
  readonly outOfFiles: number
  readonly outOfPorts: number
  /** How long it stood still because outputs had not taken its raw samples. */
  readonly heldUpByOutputs: number
}

/** Of nothing. */
export const NO_LOAD: GeneratorLoad = {
  interval: 0,
  utilization: 0,
  longestStall: 0,
  gcTime: 0,
  longestGc: 0,
  starts: 0,
  lateStarts: 0,
  longestLag: 0,
  outOfFiles: 0,
  outOfPorts: 0,
  heldUpByOutputs: 0,
}

/** An iteration that begins so much later than scheduled is late; an idle machine is within 1 or 2 ms. */
export const LATE_START = 10
