/** The examples of gRPC run against their server. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'

const EXAMPLES = join(process.cwd(), 'examples', 'grpc')
const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')

describe('examples of gRPC', () => {
  let address = ''
  const server = spawn(process.execPath, [join(EXAMPLES, 'server.mjs'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] })

  before(async () => {
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
    address = line.split(' ').at(-1)!
  })
  after(() => server.kill())

  for (const name of ['hello.ts', 'streams.ts']) {
    it(`${name} runs and meets its thresholds`, async () => {
      const args = [MAIN, 'run', '--quiet', '-e', `GRPC_ADDRESS=${address}`, join(EXAMPLES, name)]
      const { exitCode, output } = await new Promise<{ exitCode: unknown; output: string }>((resolve) => {
        execFile(process.execPath, args, { timeout: 120_000 }, (error, stdout, stderr) => {
          resolve({ exitCode: error === null ? 0 : error.code, output: `${stdout}\n${stderr}` })
        })
      })
      assert.equal(exitCode, 0, output)
    })
  }
})
