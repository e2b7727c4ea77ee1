/**
 * Follows the run that serves this page, and changes it. An EventSource connects again by itself when the connection breaks.
 *
 *   whole (in parts) ─► update ─► update … ─► stop
 *
 * The page keeps every second that it was sent, while the run joins old seconds to longer stretches. So that a page which is open for
 * long does not grow without end, it asks for everything again from time to time.
 */
import { merged, type PageData } from './data.js'

export type Connection = 'none' | 'connecting' | 'open' | 'lost'

/** The page asks for everything again when one series has so many points more than it had at first. */
const MOST_NEW_POINTS = 1200

/** Returns a function that stops it. */
export function follow(show: (data: PageData) => void, tell: (connection: Connection) => void): () => void {
  let data: PageData | undefined
  /** The parts of `whole` that have arrived, while others are still to come. */
  let next: PageData | undefined
  /** Updates that arrived between the parts. They continue where the last part ends. */
  let updates: PageData[] = []
  let most = Number.POSITIVE_INFINITY
  let source = connect()

  function connect(): EventSource {
    const opened = new EventSource(`/events${location.search}`)
    opened.addEventListener('whole', (event) => {
      next = merged(next, JSON.parse(event.data) as PageData)
      if (next.isPart !== true) arrived()
    })
    opened.addEventListener('update', (event) => {
      const update = JSON.parse(event.data) as PageData
      if (next !== undefined) updates.push(update)
      // A run that has ended sends no further parts.
      if (next !== undefined && update.state === 'ended') arrived()
      else if (data !== undefined || next === undefined) take(merged(data, update))
      if (data !== undefined && data.state === 'running' && longest(data) > most) {
        most = Number.POSITIVE_INFINITY
        opened.close()
        source = connect()
      }
    })
    opened.addEventListener('stop', () => opened.close())
    opened.onerror = () => {
      next = undefined
      updates = []
      if (data?.state === 'ended') opened.close()
      else tell('lost')
    }
    return opened
  }

  function arrived(): void {
    const whole = updates.reduce(merged, next as PageData)
    next = undefined
    updates = []
    most = longest(whole) + MOST_NEW_POINTS
    take(whole)
  }

  function take(shown: PageData): void {
    data = shown
    tell('open')
    show(shown)
  }

  return () => source.close()
}

function longest({ series }: PageData): number {
  return Math.max(0, ...series.map(({ points }) => points.length))
}

/** Asks the run for a change. Returns the reason when the run refuses, undefined when it accepts. */
export async function change(
  attributes: Readonly<Record<string, unknown>>,
  token: string,
): Promise<string | undefined> {
  try {
    const response = await fetch(`/v1/status${location.search}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', ...(token !== '' && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ data: { type: 'status', id: 'default', attributes } }),
    })
    return response.ok ? undefined : (await response.text()).trim()
  } catch {
    return 'The run cannot be reached.'
  }
}
