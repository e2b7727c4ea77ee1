import grpc, { Client, type MethodInfo, Stream } from 'k6/net/grpc'

const client = new Client()
const methods: MethodInfo[] = client.load(null, 'a.proto')
client.load(['protos'], methods[0]!.full_method)
const set: MethodInfo[] = client.loadProtoset('set.bin')
client.connect('127.0.0.1:1', { plaintext: true, authority: 'name', reflect: true })
const ok: boolean = client.invoke('a.B/C', {}, { authority: 'name' }).status === grpc.StatusOK
const serving: boolean = client.healthCheck().status === grpc.HealthCheckServing
const stream = new Stream(client, 'a.B/D', { timeout: '1s' })
stream.on('data', (_message, { ts }) => ts.toFixed())

export { ok, serving, set }
