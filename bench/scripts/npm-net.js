// 64 bytes and back over node:net, as often as possible within the given time. Runs in plain Node, too.
import net from 'node:net'

const SECONDS = Number(__ENV.SECONDS)
export const options = {
  scenarios: { s: { executor: 'per-vu-iterations', vus: Number(__ENV.VUS), iterations: 1, maxDuration: '10m' } },
}
const MESSAGE = 'x'.repeat(64)

export default function () {
  return new Promise((resolve) => {
    const socket = net.connect({ port: Number(__ENV.PORT), host: '127.0.0.1', noDelay: true })
    const end = Date.now() + SECONDS * 1000
    let missing = 64
    let trips = 0
    socket.on('data', (data) => {
      missing -= data.length
      if (missing > 0) return
      missing = 64
      trips++
      if (Date.now() < end) socket.write(MESSAGE)
      else socket.destroy()
    })
    socket.on('close', () => {
      console.log(`operations ${trips}`)
      resolve()
    })
    socket.write(MESSAGE)
  })
}
