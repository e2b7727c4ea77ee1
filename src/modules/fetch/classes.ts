/**
 * `Request`, `Response` and `Headers`: Node's own, changed so that they take and return the Blob and FormData of scripts. They are made when a script
 * first uses one, because Node then needs a while to load them.
 */

import { bytesOf, StandardBlob, standardBlob } from '../blob.js'
import { encodeFormData, File, FormData } from '../form-data.js'

export interface FetchClasses {
  readonly Headers: typeof Headers
  readonly Request: typeof Request
  readonly Response: typeof Response
}

let classes: FetchClasses | undefined

export function fetchClasses(): FetchClasses {
  classes ??= makeClasses()
  return classes
}

/** The part of Node's Request and Response that is used here. */
interface Message {
  readonly headers: Headers
  arrayBuffer(): Promise<ArrayBuffer>
  clone(): object
}

type MessageClass = new (first?: unknown, init?: object) => Message

function makeClasses(): FetchClasses {
  const { Headers, Request, Response } = globalThis

  class FetchRequest extends (Request as unknown as MessageClass) {
    constructor(input: unknown, init?: Init) {
      super(input, init === undefined ? undefined : withBody(init))
    }

    override clone(): object {
      return Object.setPrototypeOf(super.clone(), FetchRequest.prototype)
    }

    async blob(): Promise<StandardBlob> {
      return await blobOf(this)
    }

    async formData(): Promise<FormData> {
      return await formDataOf(this)
    }
  }

  class FetchResponse extends (Response as unknown as MessageClass) {
    constructor(body?: unknown, init: Init = {}) {
      const { body: bytes, ...rest } = withBody({ ...init, body })
      super(bytes, rest)
    }

    override clone(): object {
      const copy = Object.setPrototypeOf(super.clone(), FetchResponse.prototype) as object
      // A response of fetch has these as own properties, see fetch-response.ts.
      for (const name of ['url', 'redirected', 'type', 'status']) {
        const own = Object.getOwnPropertyDescriptor(this, name)
        if (own !== undefined) Object.defineProperty(copy, name, own)
      }
      return copy
    }

    async blob(): Promise<StandardBlob> {
      return await blobOf(this)
    }

    async formData(): Promise<FormData> {
      return await formDataOf(this)
    }
  }
  Object.defineProperty(FetchRequest, 'name', { value: 'Request' })
  Object.defineProperty(FetchResponse, 'name', { value: 'Response' })
  return { Headers, Request: FetchRequest, Response: FetchResponse } as unknown as FetchClasses
}

interface Init {
  readonly body?: unknown
  readonly headers?: ConstructorParameters<typeof Headers>[0]
}

/** Replaces a body that Node's classes do not know by its bytes. */
function withBody(init: Init): Init {
  const { body, headers } = init
  if (body instanceof FormData) {
    const { bytes, contentType } = encodeFormData(body)
    return { ...init, body: bytes, headers: withType(headers, contentType) }
  }
  if (body instanceof StandardBlob) return { ...init, body: bytesOf(body), headers: withType(headers, body.type) }
  return init
}

function withType(given: Init['headers'], type: string): Headers {
  const headers = new Headers(given)
  if (type !== '' && !headers.has('Content-Type')) headers.set('Content-Type', type)
  return headers
}

async function blobOf(message: Message): Promise<StandardBlob> {
  const type = message.headers.get('Content-Type') ?? ''
  return standardBlob(new Uint8Array(await message.arrayBuffer()), type)
}

async function formDataOf(message: Message): Promise<FormData> {
  const type = message.headers.get('Content-Type') ?? ''
  const parsed = await new globalThis.Response(await message.arrayBuffer(), {
    headers: { 'Content-Type': type },
  }).formData()
  const form = new FormData()
  for (const [name, value] of parsed) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, new File([await value.arrayBuffer()], value.name, { lastModified: value.lastModified }))
  }
  return form
}
