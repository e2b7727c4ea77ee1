// Sends 64 bytes over node:net and waits for the echo, again and again for SECONDS after a warm-up. Prints the processor time of the process before
// and after, in µs. Runs in plain Node, too.
import net from 'node:net'

const SECONDS = Number(__ENV.SECONDS)
export const options = {
  scenarios: { s: { executor: 'per-vu-iterations', vus: Number(__ENV.VUS), iterations: 1, maxDuration: '10m' } },
}
const MESSAGE = 'x'.repeat(64)

const processorTime = () => process.cpuUsage().user + process.cpuUsage().system

export default function () {
  return new Promise((resolve) => {
    const socket = net.connect({ port: Number(__ENV.PORT), host: '127.0.0.1', noDelay: true })
    const begin = Date.now() + 1000
    const end = begin + SECONDS * 1000
    let from = 0
    let missing = 64
    let trips = 0
    socket.on('data', (data) => {
      missing -= data.length
      if (missing > 0) return
      missing = 64
      const now = Date.now()
      if (now >= begin) {
        if (from === 0) from = processorTime()
        trips++
      }
      if (now < end) socket.write(MESSAGE)
      else socket.destroy()
    })
    socket.on('close', () => {
      console.log(`operations ${trips} from ${from} to ${processorTime()}`)
      resolve()
    })
    socket.write(MESSAGE)
  })
}
