/** Makes the `Response` of `fetch`, with the properties that its constructor cannot set. */
import type { ResponseHead } from '../../net/http/response-parser.js'
import { fetchClasses } from './classes.js'

export function makeResponse(
  head: ResponseHead,
  body: ReadableStream<Uint8Array> | null,
  url: string,
  isRedirected: boolean,
): Response {
  const { Response, Headers } = fetchClasses()
  const headers = new Headers()
  for (const [name, value] of head.fields) appendIfValid(headers, name, value)
  const isStandard = head.status >= 200 && head.status <= 599
  const statusText = head.statusText.slice(4).replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
  const response = new Response(body, { status: isStandard ? head.status : 599, statusText, headers })
  const fragment = url.indexOf('#')
  const own: PropertyDescriptorMap = {
    url: { value: fragment < 0 ? url : url.slice(0, fragment), configurable: true },
    redirected: { value: isRedirected, configurable: true },
    type: { value: 'basic', configurable: true },
  }
  if (!isStandard) own['status'] = { value: head.status, configurable: true }
  return Object.defineProperties(response, own)
}

/** A server may send a header that the class refuses. It is left out. */
function appendIfValid(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value)
  } catch {}
}
