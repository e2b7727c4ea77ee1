// Streams: one that the server fills, and one that both sides write to.
import { check } from 'k6'
import grpc from 'k6/net/grpc'

const ADDRESS = __ENV.GRPC_ADDRESS ?? '127.0.0.1:50051'

export const options = {
  vus: 2,
  iterations: 4,
  thresholds: { checks: ['rate == 1'], grpc_streams_msgs_received: ['count == 32'] },
}

const client = new grpc.Client()
client.load(['protos'], 'echo.proto')

export default function () {
  client.connect(ADDRESS, { plaintext: true })

  const repeated = new grpc.Stream(client, 'echo.v1.Echo/Repeat')
  let heard = 0
  repeated.on('data', () => {
    heard++
  })
  repeated.on('end', () => check(heard, { 'five replies came': (count) => count === 5 }))
  repeated.write({ text: 'again', copies: 5 })
  repeated.end()

  const chat = new grpc.Stream(client, 'echo.v1.Echo/Chat')
  const words = ['one', 'two', 'three']
  chat.on('data', (reply) => {
    check(reply as { text: string }, { 'it shouts': ({ text }) => text === text.toUpperCase() })
    const next = words.shift()
    if (next === undefined) chat.end()
    else chat.write({ text: next })
  })
  chat.on('error', (error) => console.error(JSON.stringify(error)))
  chat.write({ text: words.shift() })
  // The iteration ends when both streams have.
}
