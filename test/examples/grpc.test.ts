/** The examples of gRPC run against their server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { EXAMPLES, runExample } from '../helpers/run-example.js'

describe('examples of gRPC', () => {
  let address = ''
  const program = join(EXAMPLES, 'grpc', 'server.mjs')
  const server = spawn(process.execPath, [program, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })

  before(async () => {
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
    address = line.split(' ').at(-1)!
  })
  after(() => server.kill())

  for (const name of ['hello.ts', 'streams.ts']) {
    it(`${name} runs and meets its thresholds`, () => runExample(`grpc/${name}`, { GRPC_ADDRESS: address }))
  }
})
