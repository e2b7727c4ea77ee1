/** The globals of the Fetch Standard have types. */
import http from 'k6/http'

export default async function () {
  const form = new FormData()
  form.append('name', 'value')
  const response = await fetch('http://h.test/', { method: 'POST', body: form, signal: AbortSignal.timeout(1000) })
  const status: number = response.status
  const type: string | null = response.headers.get('Content-Type')
  const own = new Response('text', { status: 201, headers: new Headers({ a: 'b' }) })
  const answer = http.get(http.url`http://h.test/${status}`, { responseType: 'text' })
  return [type, await own.text(), answer.json('a.b'), new AbortController().signal.aborted]
}
