/**
 * How often each check passed and failed, per scenario and group, in order of first use. Shards send what is new; the main thread adds it up.
 *
 * Shape   a group's path is `::outer::inner`, the root group's is empty; a group counts as used even without checks
 */
export interface CheckTally {
  /** Empty in setup and teardown. */
  readonly scenario: string
  /** Path of the group. */
  readonly group: string
  readonly name: string
  passes: number
  fails: number
}

/** What is new, as plain data. `groups` are those that were used for the first time. */
export interface CheckDeltas {
  readonly groups: readonly { readonly scenario: string; readonly path: string }[]
  readonly checks: readonly Readonly<CheckTally>[]
}

interface GroupTallies {
  readonly scenario: string
  readonly path: string
  readonly checks: Map<string, CheckTally>
}

export class CheckTallies {
  readonly #byScenario = new Map<string, Map<string, GroupTallies>>()
  /** All groups, in order of first use. */
  readonly #groups: GroupTallies[] = []
  readonly #order: CheckTally[] = []
  #newGroups: { scenario: string; path: string }[] = []

  /** Notes that a group was entered. `scenario` is undefined in setup and teardown. */
  enter(scenario: string | undefined, path: string): void {
    this.#group(scenario ?? '', path)
  }

  /** Counts one result of a check. */
  add(scenario: string | undefined, group: string, name: string, passed: boolean): void {
    const tally = this.#tally(scenario ?? '', group, name)
    if (passed) tally.passes++
    else tally.fails++
  }

  /** Groups in order of first use. */
  groups(): readonly { readonly scenario: string; readonly path: string }[] {
    return this.#groups
  }

  /** Checks in order of first use. */
  checks(): readonly Readonly<CheckTally>[] {
    return this.#order
  }

  /** What happened since the last call; undefined when nothing did. */
  take(): CheckDeltas | undefined {
    const checks: CheckTally[] = []
    for (const tally of this.#order) {
      if (tally.passes === 0 && tally.fails === 0) continue
      checks.push({ ...tally })
      tally.passes = 0
      tally.fails = 0
    }
    const groups = this.#newGroups
    this.#newGroups = []
    return checks.length === 0 && groups.length === 0 ? undefined : { groups, checks }
  }

  merge(deltas: CheckDeltas): void {
    for (const { scenario, path } of deltas.groups) this.#group(scenario, path)
    for (const delta of deltas.checks) {
      const tally = this.#tally(delta.scenario, delta.group, delta.name)
      tally.passes += delta.passes
      tally.fails += delta.fails
    }
  }

  #group(scenario: string, path: string): GroupTallies {
    let groups = this.#byScenario.get(scenario)
    if (groups === undefined) {
      groups = new Map()
      this.#byScenario.set(scenario, groups)
    }
    let group = groups.get(path)
    if (group === undefined) {
      group = { scenario, path, checks: new Map() }
      groups.set(path, group)
      this.#groups.push(group)
      this.#newGroups.push({ scenario, path })
    }
    return group
  }

  #tally(scenario: string, path: string, name: string): CheckTally {
    const { checks } = this.#group(scenario, path)
    let tally = checks.get(name)
    if (tally === undefined) {
      tally = { scenario, group: path, name, passes: 0, fails: 0 }
      checks.set(name, tally)
      this.#order.push(tally)
    }
    return tally
  }
}
