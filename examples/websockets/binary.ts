/**
 * Binary messages: as ArrayBuffers, which are the fastest, and as Blobs, which are what sockets give unless told otherwise.
 *
 *   sockeye run --echo examples/websockets/binary.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { Blob, WebSocket } from 'k6/websockets'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: { checks: ['rate==1'], ws_msgs_received: ['count==8'], ws_data_received: ['count==48'] },
}

const URL = __ENV.WS_ECHO_URL || 'ws://localhost:7009'

export default function () {
  const ws = new WebSocket(URL)

  ws.onopen = () => ws.send(new Blob(['temp', new Uint8Array([1, 2, 3, 4])]))

  ws.onmessage = async (event) => {
    const data = event?.data
    if (data instanceof Blob) {
      check(await data.slice(0, 4).text(), { 'the blob begins with text': (text) => text === 'temp' })
      ws.binaryType = 'arraybuffer'
      ws.send(measurement(21.5))
    } else {
      check(new DataView(data as ArrayBuffer).getFloat32(0), { 'the number came back': (value) => value === 21.5 })
      ws.close()
    }
  }
}

/** Four bytes, big-endian. */
function measurement(value: number): ArrayBuffer {
  const bytes = new ArrayBuffer(4)
  new DataView(bytes).setFloat32(0, value)
  return bytes
}
