// Each virtual user sends 64 bytes and waits for the echo, again and again for SECONDS.
import { Socket } from 'k6/x/tcp'

const SECONDS = Number(__ENV.SECONDS || 5)
const VUS = Number(__ENV.VUS || 100)

export const options = {
  scenarios: {
    ping: { executor: 'per-vu-iterations', vus: VUS, iterations: 1, maxDuration: `${SECONDS + 30}s` },
  },
}

const MESSAGE = 'x'.repeat(64)

export default async function () {
  const socket = new Socket()
  const end = Date.now() + SECONDS * 1000
  let missing = 64
  socket.on('data', (data) => {
    missing -= data.length
    if (missing > 0) return
    missing = 64
    if (Date.now() < end) socket.write(MESSAGE)
    else socket.destroy()
  })
  await socket.connect(__ENV.PORT, __ENV.HOST)
  socket.write(MESSAGE)
}
