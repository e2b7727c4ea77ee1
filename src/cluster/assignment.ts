/**
 * Decides which agent does which part of a test: each claimed agent gets a segment, and a free agent can replace a lost one.
 *
 * Units  milliseconds
 */
import type { Workload } from '../engine/workload.js'
import type { Hub } from './hub.js'
import type { LostPolicy } from './losses.js'
import type { FromInstance } from './protocol.js'
import { LOST_AFTER, RemoteInstance } from './remote-instance.js'
import type { Claim, Roster, Wanted } from './roster.js'
import { divide } from './segments.js'
import { doneBy, emptySlot, type Slot } from './slot.js'

export interface AssignmentOptions {
  /** The slots of the run, to which `claim` adds. */
  readonly slots: Slot[]
  readonly hub: Hub
  readonly roster: Roster
  readonly wanted: Wanted
  /** Sizes of parts are in proportion to the cores of their agents; otherwise all are equal. */
  readonly isWeighted: boolean
  readonly onLost: LostPolicy
  /** Threads of each instance; undefined: one per core. */
  readonly shards: number | undefined
  readonly scenarios: Workload['scenarios']
  /** Name of the file with the program and the workload. */
  readonly file: string
  /** Epoch milliseconds of moment 0 of the coordinator's clock. */
  readonly epochOrigin: number
  /** True when the run ends, so that no agent is claimed any more. */
  readonly isStopping: () => boolean
  /** `firstPart` is the number of the first part (shard) of the instance among all parts of the run. */
  readonly receive: (slot: Slot, remote: RemoteInstance, firstPart: number, message: FromInstance) => void
  readonly lost: (slot: Slot, remote: RemoteInstance, reason: string) => void
}

/** An instance has at most this many parts (shards). */
const PARTS_PER_INSTANCE = 4096
/** An instance that hears nothing from the coordinator stops after this; sooner when another instance may replace it. */
const PATIENCE = 10_000
/** How long to look for an agent that can replace a lost one. */
const REPLACE_LIMIT = 15_000

export class Assignment {
  readonly #options: AssignmentOptions
  #sequence = ''
  /** How many instances there have been. */
  #count = 0

  constructor(options: AssignmentOptions) {
    this.#options = options
  }

  /** The segments of all parts. */
  get sequence(): string {
    return this.#sequence
  }

  /** Claims agents and gives each a part. Returns the claims; none when the run ends before there are enough. */
  async claim(): Promise<readonly Claim[]> {
    const { roster, wanted, isWeighted, isStopping, slots } = this.#options
    const claims = await roster.claim(wanted, isStopping)
    if (claims.length === 0) return []
    const sorted = claims.toSorted((a, b) => (a.card.name < b.card.name ? -1 : 1))
    const { parts, sequence } = divide(sorted.map(({ card }) => (isWeighted ? card.cores : 1)))
    this.#sequence = sequence
    for (const [i, claim] of sorted.entries()) {
      const slot = emptySlot(parts[i] as (typeof parts)[number])
      this.#occupy(slot, claim)
      slots.push(slot)
    }
    return sorted
  }

  /** Makes all instances load the test and initialise their VUs. */
  async initialise(): Promise<void> {
    await Promise.all(
      this.#options.slots.map(async (slot) => {
        if (slot.remote !== undefined) await this.#sendTask(slot, slot.remote)
        await slot.prepared.passed
      }),
    )
  }

  /** Gives the part of a lost instance to a free agent; undefined when there is none. */
  async replace(slot: Slot): Promise<RemoteInstance | undefined> {
    const { roster, wanted, isStopping } = this.#options
    const one = { ...wanted, count: 1, waitMs: REPLACE_LIMIT }
    const [claim] = await roster.claim(one, isStopping).catch(() => [])
    if (claim === undefined) return undefined
    const remote = this.#occupy(slot, claim)
    if (isStopping()) {
      slot.remote = undefined
      void remote.release()
      return undefined
    }
    void this.#sendTask(slot, remote)
    return remote
  }

  #occupy(slot: Slot, { card, link }: Claim): RemoteInstance {
    const { hub, receive, lost } = this.#options
    const firstPart = this.#count++ * PARTS_PER_INSTANCE
    const remote: RemoteInstance = new RemoteInstance({
      hub,
      link,
      card,
      onMessage: (message) => receive(slot, remote, firstPart, message),
      onLost: (reason) => lost(slot, remote, reason),
    })
    slot.remote = remote
    return remote
  }

  async #sendTask(slot: Slot, remote: RemoteInstance): Promise<void> {
    if (!(await remote.measured())) return
    const { slots, file, shards, scenarios, epochOrigin, onLost } = this.#options
    const { segment, past } = slot
    const isReplaceable = onLost === 'replace'
    remote.send({
      type: 'init',
      task: {
        file,
        segment,
        sequence: this.#sequence,
        instance: slots.indexOf(slot),
        shards,
        epochOrigin: epochOrigin + remote.ours(0),
        patience: isReplaceable ? LOST_AFTER : PATIENCE,
        isReplaceable,
        resumed: past.length === 0 ? undefined : doneBy(past, scenarios),
      },
    })
  }
}
