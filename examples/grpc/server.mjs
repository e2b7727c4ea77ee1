// The server of these examples: node server.mjs [port]. It needs @grpc/grpc-js and @grpc/proto-loader.
import { fileURLToPath } from 'node:url'
import { loadPackageDefinition, Server, ServerCredentials } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const includeDirs = [fileURLToPath(new URL('protos', import.meta.url))]
const { Echo } = loadPackageDefinition(loadSync('echo.proto', { includeDirs, defaults: true })).echo.v1

const server = new Server()
server.addService(Echo.service, {
  Say: ({ request: { text } }, reply) => {
    if (text === '') reply({ code: 3, details: 'there is nothing to say' })
    else reply(null, { text, number: 1 })
  },
  Repeat: (call) => {
    const { text, copies } = call.request
    for (let number = 1; number <= copies; number++) call.write({ text, number })
    call.end()
  },
  Chat: (call) => {
    let number = 0
    call.on('data', ({ text }) => call.write({ text: text.toUpperCase(), number: ++number }))
    call.on('end', () => call.end())
  },
})
server.bindAsync(`127.0.0.1:${process.argv[2] ?? 50051}`, ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  console.log(`listening on 127.0.0.1:${port}`)
})
