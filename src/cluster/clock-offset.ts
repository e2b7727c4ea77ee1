/**
 * How far the clock of another machine is ahead of ours, measured as NTP does: of some questions with their answers, the one that was on the
 * road for the shortest time says most.
 *
 *   ours     sentAt ─────────────────────────────► arrivedAt
 *   theirs            receivedAt ─► answeredAt                    offset = (receivedAt − sentAt + answeredAt − arrivedAt) / 2
 *
 * Units   milliseconds; the error is at most half of the time on the road
 * Source  RFC 5905, 8
 */
export interface Exchange {
  readonly sentAt: number
  readonly receivedAt: number
  readonly answeredAt: number
  readonly arrivedAt: number
}

/** Clocks drift apart: what was measured longer ago is worth less. */
const REMEMBERED = 16

export class ClockOffset {
  readonly #measured: { readonly offset: number; readonly onTheRoad: number }[] = []

  add({ sentAt, receivedAt, answeredAt, arrivedAt }: Exchange): void {
    const onTheRoad = arrivedAt - sentAt - (answeredAt - receivedAt)
    if (onTheRoad < 0) return
    this.#measured.push({ offset: (receivedAt - sentAt + answeredAt - arrivedAt) / 2, onTheRoad })
    if (this.#measured.length > REMEMBERED) this.#measured.shift()
  }

  get count(): number {
    return this.#measured.length
  }

  /** Theirs less ours; undefined before anything was measured. */
  get offset(): number | undefined {
    return this.#best?.offset
  }

  /** How wrong the offset may be. */
  get uncertainty(): number {
    return (this.#best?.onTheRoad ?? Number.POSITIVE_INFINITY) / 2
  }

  get #best(): { readonly offset: number; readonly onTheRoad: number } | undefined {
    if (this.#measured.length === 0) return undefined
    return this.#measured.reduce((best, next) => (next.onTheRoad < best.onTheRoad ? next : best))
  }
}
