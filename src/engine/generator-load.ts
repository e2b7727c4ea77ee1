/**
 * How busy a part of an engine was.
 *
 * Units   milliseconds; utilization is 0 … 1
 */

export interface GeneratorLoad {
  /** The length of the time that the other fields cover. */
  readonly interval: number
  /** The share of the time in which the event loop was not waiting. */
  readonly utilization: number
  /** The longest time in which the event loop did not turn. */
  readonly longestStall: number
  /** Pauses for garbage collection: their sum, and the longest. */
  readonly gcTime: number
  readonly longestGc: number
  /** Iterations of the open model: how many began, how many of them late, and the longest delay. */
  readonly starts: number
  readonly lateStarts: number
  readonly longestLag: number
  /** Connections that failed because this machine had no more file descriptors, or no more ports. */
  readonly outOfFiles: number
  readonly outOfPorts: number
  /** How long the part stood still because outputs had not taken its raw samples. */
  readonly heldUpByOutputs: number
}

/** The load of a time in which nothing ran. */
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

/** An iteration that begins this many ms after its time is late. On an idle machine the delay is 1 or 2 ms. */
export const LATE_START = 10
