/**
 * How far the clock of another machine is ahead of ours, measured as in NTP: the exchange with the shortest round trip is the most exact one.
 *
 *   ours     sentAt ─────────────────────────────► arrivedAt
 *   theirs            receivedAt ─► answeredAt                    offset = (receivedAt − sentAt + answeredAt − arrivedAt) / 2
 *
 * Units   milliseconds; the error is at most half of the round trip
 * Source  RFC 5905, 8
 */
export interface Exchange {
  readonly sentAt: number
  readonly receivedAt: number
  readonly answeredAt: number
  readonly arrivedAt: number
}

/** Older exchanges are dropped, because clocks drift apart. */
const REMEMBERED = 16

export class ClockOffset {
  readonly #measured: { readonly offset: number; readonly roundTrip: number }[] = []

  add({ sentAt, receivedAt, answeredAt, arrivedAt }: Exchange): void {
    const roundTrip = arrivedAt - sentAt - (answeredAt - receivedAt)
    if (roundTrip < 0) return
    this.#measured.push({ offset: (receivedAt - sentAt + answeredAt - arrivedAt) / 2, roundTrip })
    if (this.#measured.length > REMEMBERED) this.#measured.shift()
  }

  get count(): number {
    return this.#measured.length
  }

  /** Their clock minus ours; undefined before the first exchange. */
  get offset(): number | undefined {
    return this.#best?.offset
  }

  /** The largest possible error of the offset. */
  get uncertainty(): number {
    return (this.#best?.roundTrip ?? Number.POSITIVE_INFINITY) / 2
  }

  get #best(): { readonly offset: number; readonly roundTrip: number } | undefined {
    if (this.#measured.length === 0) return undefined
    return this.#measured.reduce((best, next) => (next.roundTrip < best.roundTrip ? next : best))
  }
}
