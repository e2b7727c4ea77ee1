/**
 * What the samples of a virtual user carry: the tags of the run, of its scenario, of the group that the script is in and those that the
 * script has set, and the metadata of raw samples.
 *
 * Hot    a module compares `vu.tags` with `===` and resolves its series again only when they have changed
 */
import type { TagSet } from '../metrics/tag-set.js'
import type { ScenarioContext } from './scenario-context.js'
import type { ShardServices } from './shard-services.js'

/** A group that the script has entered and not left. */
export interface OpenGroup {
  /** Measures this group and the groups around it, as if the script had left them. */
  leaveAll(): void
}

const NO_TAGS: Record<string, string> = Object.freeze({})

export abstract class TaggedVu {
  readonly shard: ShardServices
  /** Local number, from 1; 0 outside iterations (init at load, setup, teardown, summary). */
  readonly idInInstance: number
  /** Number within the whole test, from 1. */
  readonly idInTest: number
  /** What the script sees of the scenario it runs for; null outside scenarios. */
  scenario: ScenarioContext | null = null
  /** Iterations begun so far minus one: `__ITER`. -1 before the first. */
  iteration = -1
  /** Current tags: run, scenario, custom, group. Interned: compare with `===`. */
  tags: TagSet
  /** Path of the group the script is in: `::outer::inner`, empty outside groups. */
  groupPath = ''
  /** The tag `group` as the script has set it, until it enters or leaves a group; null: deleted; undefined: the path of the group. */
  groupTag: string | null | undefined = undefined
  /**
   * Tags (null: taken away) and metadata that the script set through `exec.vu.metrics`; they stay until the VU changes to another
   * scenario.
   */
  customTags: Record<string, string | null> = NO_TAGS
  customMetadata: Record<string, string> = NO_TAGS
  /** Metadata of this VU's raw samples: the system tags `vu` and `iter` when enabled, and what the script set. */
  metadata: Readonly<Record<string, string>> | undefined = undefined
  /** The innermost group that the script is in. */
  openGroup: OpenGroup | null = null
  readonly #hasGroupTag: boolean

  constructor(shard: ShardServices, idInInstance: number, idInTest: number) {
    this.shard = shard
    this.idInInstance = idInInstance
    this.idInTest = idInTest
    this.#hasGroupTag = shard.settings.systemTags.has('group')
    this.tags = shard.runTags
    this.refreshTags()
  }

  /** The VU works for this scenario (or none) from now on: it gets the tags of that scenario and loses its own. */
  assign(scenario: ScenarioContext | null): void {
    this.scenario = scenario
    this.customTags = NO_TAGS
    this.customMetadata = NO_TAGS
    this.setGroup('')
  }

  /** `tag` is what the script has made of the tag `group`; undefined: the path. */
  setGroup(path: string, tag?: string | null): void {
    this.groupPath = path
    this.groupTag = tag
    if (tag === undefined && this.customTags === NO_TAGS && this.scenario !== null) {
      this.tags = this.#hasGroupTag ? this.scenario.tags.with('group', path) : this.scenario.tags
    } else {
      this.refreshTags()
    }
  }

  /** Composes the tags again after `customTags` or `customMetadata` changed. */
  refreshTags(): void {
    let tags = this.scenario?.tags ?? this.shard.runTags
    for (const [key, value] of Object.entries(this.customTags)) tags = withTag(tags, key, value)
    const group = this.groupTag ?? this.groupPath
    if (this.groupTag === null) tags = tags.without('group')
    else if (this.#hasGroupTag || this.groupTag !== undefined) tags = tags.with('group', group)
    this.tags = tags
    this.refreshMetadata()
  }

  refreshMetadata(): void {
    this.metadata = this.#composeMetadata()
    // What the running task measures from here on has it too.
    const { recorder, isExecuting } = this.shard
    const current: TaggedVu | null = this.shard.current
    if (recorder !== null && isExecuting && current === this) recorder.metadata = this.metadata
  }

  #composeMetadata(): Readonly<Record<string, string>> | undefined {
    const { systemTags } = this.shard.settings
    const hasVu = systemTags.has('vu')
    const hasIteration = systemTags.has('iter')
    if (!hasVu && !hasIteration && this.customMetadata === NO_TAGS) return undefined
    const metadata: Record<string, string> = {}
    if (hasIteration) metadata['iter'] = String(Math.max(0, this.iteration))
    // The VU of setup and teardown has no number.
    if (hasVu && this.idInInstance > 0) metadata['vu'] = String(this.idInInstance)
    Object.assign(metadata, this.customMetadata)
    return Object.keys(metadata).length === 0 ? undefined : metadata
  }
}

function withTag(tags: TagSet, key: string, value: string | null): TagSet {
  return value === null ? tags.without(key) : tags.with(key, value)
}
