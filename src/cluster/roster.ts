/**
 * Finds agents and claims them for a run. The first coordinator that claims an agent gets it. A coordinator that cannot get enough agents
 * releases all of them before it tries again: otherwise two coordinators could wait for each other forever.
 *
 * Units   milliseconds
 * Errors  ClusterError ERR_NO_AGENTS, ERR_TOO_FEW_AGENTS, ERR_AGENT_VERSION
 */
import { ClusterError } from './errors.js'
import { listed } from './fitness.js'
import { type Hub, linkId } from './hub.js'
import { AGENTS_SUBJECT, type AgentCard, agentSubject, type Hail, PROTOCOL } from './protocol.js'

export interface Wanted {
  readonly count: number | 'all'
  /** Labels that an agent must have. */
  readonly require: Readonly<Record<string, string>>
  /** How long to wait for enough agents. */
  readonly waitMs: number
}

export interface Claim {
  readonly card: AgentCard
  readonly link: string
}

/** Every agent answers within this time. */
const ANSWER_TIME = 1000
const ASK_INTERVAL = 250
const LOOK_INTERVAL = 50
/** When no new agent has answered for this time, the list is complete, because agents answer at once. */
const QUIET_TIME = 300
/** The pause between two tries to get enough agents is random, from this to twice as long. */
const PAUSE = 500

export class Roster {
  readonly #hub: Hub
  readonly #run: string
  readonly #version: string
  /** For each running search, the agents that have answered, by id. */
  readonly #looks = new Set<Map<string, AgentCard>>()
  readonly #answers = new Map<string, (isOurs: boolean) => void>()
  /** Links of agents that this run has claimed. */
  readonly #won = new Set<string>()
  #claims = 0

  constructor(hub: Hub, run: string, version: string) {
    this.#hub = hub
    this.#run = run
    this.#version = version
  }

  /** Handles a hail of an agent; returns false for hails that the roster does not handle. */
  hear(hail: Hail): boolean {
    switch (hail.type) {
      case 'here':
        for (const cards of this.#looks) cards.set(hail.card.id, hail.card)
        return true
      case 'claimed':
      case 'refused':
        this.#answered(hail.link, hail.type === 'claimed')
        return true
      default:
        return false
    }
  }

  #answered(link: string, isOurs: boolean): void {
    const answer = this.#answers.get(link)
    if (answer !== undefined) answer(isOurs)
    // The answer came too late, so the agent is released.
    else if (isOurs && !this.#won.has(link)) this.#letGo(link)
  }

  #letGo(link: string): void {
    this.#hub.hail(agentSubject(link.split('.')[1] ?? ''), { type: 'gone', link })
  }

  /** All agents that answer within a second, sorted by name. Ends early when `isEnough`; `quietMs` is the time since the last new answer. */
  async find(isEnough: (cards: readonly AgentCard[], quietMs: number) => boolean = () => false): Promise<AgentCard[]> {
    const { timing } = this.#hub
    const cards = new Map<string, AgentCard>()
    this.#looks.add(cards)
    let [count, changedAt] = [0, timing.now()]
    for (let waited = 0; waited < ANSWER_TIME; waited += LOOK_INTERVAL) {
      if (waited % ASK_INTERVAL === 0) this.#hub.hail(AGENTS_SUBJECT, { type: 'discover', replyTo: this.#run })
      await this.#pause(LOOK_INTERVAL)
      if (cards.size !== count) [count, changedAt] = [cards.size, timing.now()]
      if (isEnough([...cards.values()], timing.now() - changedAt)) break
    }
    this.#looks.delete(cards)
    return sorted(cards)
  }

  /** All agents, for `sockeye agents`. Ends early when agents have answered, but no new one for QUIET_TIME. */
  list(): Promise<AgentCard[]> {
    return this.find((cards, quietMs) => cards.length > 0 && quietMs >= QUIET_TIME)
  }

  /** Claims as many agents as are wanted. When `isOver` becomes true it returns what it has, which may be fewer. */
  async claim(wanted: Wanted, isOver: () => boolean): Promise<Claim[]> {
    const { timing } = this.#hub
    const deadline = timing.now() + wanted.waitMs
    for (;;) {
      const isEnough = (cards: readonly AgentCard[]): boolean =>
        wanted.count !== 'all' && cards.filter((card) => this.#suits(card, wanted)).length >= wanted.count
      const cards = await this.find(isEnough)
      const claims = await this.#claimSome(cards, wanted)
      if (isOver() || (claims.length > 0 && (wanted.count === 'all' || claims.length === wanted.count))) return claims
      for (const { link } of claims) this.#abandon(link)
      if (timing.now() >= deadline) throw this.#tooFew(cards, wanted)
      await this.#pause(PAUSE * (1 + Math.random()))
    }
  }

  async #claimSome(cards: readonly AgentCard[], wanted: Wanted): Promise<Claim[]> {
    const free = cards.filter((card) => this.#suits(card, wanted))
    if (wanted.count !== 'all' && free.length < wanted.count) return []
    const count = wanted.count === 'all' ? free.length : wanted.count
    const claims: Claim[] = []
    while (free.length > 0 && claims.length < count) {
      const asked = free.splice(0, count - claims.length)
      const answered = await Promise.all(asked.map((card) => this.#claimOne(card)))
      claims.push(...answered.filter((claim) => claim !== undefined))
    }
    return claims
  }

  /** Undefined when another coordinator has the agent, or it does not answer. */
  async #claimOne(card: AgentCard): Promise<Claim | undefined> {
    const link = linkId(this.#run, card.id, this.#claims++)
    let answer: boolean | undefined
    this.#answers.set(link, (isOurs) => {
      answer ??= isOurs
    })
    for (let waited = 0; waited < 2 * ANSWER_TIME && answer === undefined; waited += LOOK_INTERVAL) {
      if (waited % ASK_INTERVAL === 0) {
        this.#hub.hail(agentSubject(card.id), { type: 'claim', replyTo: this.#run, link, protocol: PROTOCOL })
      }
      await this.#pause(LOOK_INTERVAL)
    }
    this.#answers.delete(link)
    if (answer === undefined) this.#letGo(link)
    if (answer !== true) return undefined
    this.#won.add(link)
    return { card, link }
  }

  #abandon(link: string): void {
    this.#won.delete(link)
    this.#letGo(link)
  }

  #suits(card: AgentCard, wanted: Wanted): boolean {
    return !card.isBusy && this.#isOurVersion(card) && hasLabels(card, wanted.require)
  }

  #isOurVersion({ protocol, version, platform }: AgentCard): boolean {
    const isSameFamily = (platform === 'win32') === (process.platform === 'win32')
    return protocol === PROTOCOL && version === this.#version && isSameFamily
  }

  #tooFew(cards: readonly AgentCard[], { count, require }: Wanted): ClusterError {
    if (cards.length === 0) {
      const hint = 'start some with: sockeye agent --nats URL; --wait 2m waits for them'
      return new ClusterError('ERR_NO_AGENTS', 'no agent answers', hint)
    }
    const labelled = cards.filter((card) => hasLabels(card, require))
    const others = labelled.filter((card) => !this.#isOurVersion(card))
    if (others.length > 0 && labelled.every((card) => others.includes(card) || card.isBusy)) {
      return this.#otherVersion(others)
    }
    const labels = Object.entries(require).map(([key, value]) => `${key}=${value}`)
    const busy = labelled.filter(({ isBusy }) => isBusy)
    const free = labelled.length - busy.length - others.filter(({ isBusy }) => !isBusy).length
    const parts = [
      count === 'all'
        ? `no agent is free`
        : `${count} agents are needed, and ${free} ${free === 1 ? 'is' : 'are'} free`,
      ...(labels.length === 0 ? [] : [`with ${labels.join(', ')}`]),
    ]
    const reasons = [
      ...(busy.length === 0 ? [] : [`busy: ${names(busy)}`]),
      ...(others.length === 0 ? [] : [`other versions: ${names(others)}`]),
      ...(labelled.length === cards.length ? [] : [`other labels: ${cards.length - labelled.length}`]),
    ]
    return new ClusterError(
      'ERR_TOO_FEW_AGENTS',
      `${parts.join(' ')}${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}`,
      'start more agents, ask for fewer with --instances, or wait for them with --wait 2m; sockeye agents lists them',
    )
  }

  #otherVersion(cards: readonly AgentCard[]): ClusterError {
    const [{ name, version, platform }] = cards as [AgentCard]
    const system = (platform === 'win32') === (process.platform === 'win32') ? '' : ` on ${platform}`
    return new ClusterError(
      'ERR_AGENT_VERSION',
      `agent "${name}" is sockeye ${version}${system}, and this is ${this.#version}${system === '' ? '' : ` on ${process.platform}`}`,
      'all machines of a run need the same version of sockeye, and Windows and other systems do not mix',
    )
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#hub.timing.after(ms, resolve))
  }
}

function hasLabels({ labels }: AgentCard, require: Readonly<Record<string, string>>): boolean {
  return Object.entries(require).every(([key, value]) => labels[key] === value)
}

function names(cards: readonly AgentCard[]): string {
  return listed(cards.map(({ name }) => name))
}

function sorted(cards: ReadonlyMap<string, AgentCard>): AgentCard[] {
  return [...cards.values()].sort((a, b) => (a.name < b.name || (a.name === b.name && a.id < b.id) ? -1 : 1))
}
