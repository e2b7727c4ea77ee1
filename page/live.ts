/** Follows the run that served this page. The browser connects again by itself when the connection breaks. */
import { merged, type PageData } from './data.js'

export type Connection = 'none' | 'connecting' | 'open' | 'lost'

/** Gives how to end it. */
export function follow(show: (data: PageData) => void, tell: (connection: Connection) => void): () => void {
  const source = new EventSource(`/events${location.search}`)
  let data: PageData | undefined
  const take = (event: MessageEvent<string>, before: PageData | undefined): void => {
    data = merged(before, JSON.parse(event.data) as PageData)
    tell('open')
    show(data)
    if (data.state === 'ended') source.close()
  }
  source.addEventListener('whole', (event) => take(event, undefined))
  source.addEventListener('update', (event) => take(event, data))
  source.addEventListener('stop', () => source.close())
  source.onerror = () => tell('lost')
  return () => source.close()
}
