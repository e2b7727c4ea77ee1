/**
 * `sockeye/formdata`: builds a multipart body. It replaces jslib's formdata and has the same exports.
 *
 *   const form = new FormData()
 *   form.append('file', http.file(bytes, 'a.png', 'image/png'))
 *   http.post(url, form.body(), { headers: { 'Content-Type': `multipart/form-data; boundary=${form.boundary}` } })
 *
 * Source  RFC 7578
 */

/** What `http.file` makes. */
interface FilePart {
  readonly data: string | ArrayBuffer | ArrayBufferView | readonly number[]
  readonly filename?: string
  readonly content_type?: string
}

type PartValue = string | number | boolean | FilePart

export class FormData {
  readonly boundary: string = `----sockeye${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`
  readonly #parts: { readonly name: string; readonly value: PartValue }[] = []

  append(name: string, value: PartValue): void {
    this.#parts.push({ name, value })
  }

  body(): ArrayBuffer {
    const encoder = new TextEncoder()
    const pieces: Uint8Array[] = []
    for (const { name, value } of this.#parts) {
      const file = typeof value === 'object' ? value : undefined
      pieces.push(encoder.encode(`--${this.boundary}\r\n${headers(name, file)}\r\n\r\n`))
      pieces.push(file === undefined ? encoder.encode(String(value)) : bytes(file.data), encoder.encode('\r\n'))
    }
    pieces.push(encoder.encode(`--${this.boundary}--\r\n`))
    return joined(pieces)
  }
}

function headers(name: string, file: FilePart | undefined): string {
  const disposition = `Content-Disposition: form-data; name="${escaped(name)}"`
  if (file === undefined) return disposition
  const type = file.content_type ?? 'application/octet-stream'
  return `${disposition}; filename="${escaped(file.filename ?? 'blob')}"\r\nContent-Type: ${type.replace(/[\r\n]/g, ' ')}`
}

/** Line breaks and quotes in names, encoded as browsers do. */
function escaped(text: string): string {
  return text.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22')
}

function bytes(data: FilePart['data']): Uint8Array {
  if (typeof data === 'string') return new TextEncoder().encode(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return new Uint8Array(data)
}

function joined(pieces: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole.buffer
}

export default { FormData }
