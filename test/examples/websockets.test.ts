/** Every script of examples/websockets, against the built-in echo server; its thresholds decide. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const folder = fileURLToPath(new URL('../../../examples/websockets/', import.meta.url))

describe('examples/websockets', () => {
  for (const name of readdirSync(folder).filter((file) => /\.[jt]s$/.test(file))) {
    it(`${name} meets its thresholds`, async () => {
      const { exitCode, output } = await run(`${folder}${name}`)
      assert.equal(exitCode, 0, output)
    })
  }
})

function run(script: string): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const args = ['--enable-source-maps', cli, 'run', '--quiet', '--echo', script]
    execFile(process.execPath, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr })
    })
  })
}
