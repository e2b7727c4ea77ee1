// Calls with one answer: messages as objects, statuses, metadata, a time limit.
import { check } from 'k6'
import grpc from 'k6/net/grpc'

const ADDRESS = __ENV.GRPC_ADDRESS ?? '127.0.0.1:50051'

export const options = {
  vus: 5,
  iterations: 50,
  thresholds: { checks: ['rate == 1'], grpc_req_duration: ['p(95) < 1000'] },
}

const client = new grpc.Client()
client.load(['protos'], 'echo.proto')

export default function () {
  // Once per virtual user: the connection stays until close(), and connect() gives the same one.
  client.connect(ADDRESS, { plaintext: true })
  const params = { metadata: { authorization: 'Bearer token' }, timeout: '5s' }
  const said = client.invoke('echo.v1.Echo/Say', { text: `hello from ${__VU}` }, params)
  check(said, {
    'the status is OK': ({ status }) => status === grpc.StatusOK,
    'the text came back': ({ message }) => (message as { text: string }).text === `hello from ${__VU}`,
  })
  const refused = client.invoke('echo.v1.Echo/Say', { text: '' })
  check(refused, { 'nothing is refused': ({ status }) => status === grpc.StatusInvalidArgument })
}
