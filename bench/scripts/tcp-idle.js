// Every virtual user opens one connection and waits.
import { Socket } from 'k6/x/tcp'

export const options = {
  scenarios: { idle: { executor: 'per-vu-iterations', vus: Number(__ENV.VUS), iterations: 1, maxDuration: '10m' } },
}

export default async function () {
  const socket = new Socket()
  socket.on('data', () => socket.destroy())
  await socket.connect(__ENV.PORT, __ENV.HOST)
}
