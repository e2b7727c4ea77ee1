/**
 * Several connections per virtual user, open at the same time: a client that keeps a control and some data channels.
 *
 *   sockeye run --echo examples/tcp/several-sockets.ts
 *
 * Each socket has a tag, so its metrics can be told apart.
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    'tcp_sockets{channel:control}': ['count==4'],
    'tcp_sockets{channel:data}': ['count==12'],
    tcp_errors: ['count==0'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007
const DATA_CHANNELS = 3

export default async function () {
  const control = await open('control')
  const channels = await Promise.all(Array.from({ length: DATA_CHANNELS }, () => open('data')))

  const answers = await Promise.all(channels.map((channel, i) => ask(channel, `part ${i}`)))
  const goodbye = await ask(control, 'done')

  check(answers, { 'each channel got its own answer': (all) => all.join() === 'part 0,part 1,part 2' })
  check(goodbye, { 'the control channel answered last': (text) => text === 'done' })
  for (const socket of [control, ...channels]) socket.destroy()
}

async function open(channel: string): Promise<Socket> {
  const socket = new Socket({ tags: { channel } })
  await socket.connect(PORT, HOST)
  return socket
}

/** Sends a short text and resolves with the answer. */
function ask(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.on('data', (data) => resolve(new TextDecoder().decode(data)))
    socket.on('error', reject)
    socket.write(text).catch(reject)
  })
}
