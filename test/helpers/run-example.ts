/** Runs a script of examples/ as the command does; its thresholds decide. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const examples = fileURLToPath(new URL('../../../examples/', import.meta.url))

/** @param env `-e NAME=value`, each */
export function runExample(
  path: string,
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<void> {
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const args = [cli, 'run', '--quiet', ...flags, ...variables, `${examples}${path}`]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: 150_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      try {
        assert.equal(error === null ? 0 : (error.code ?? error.signal), 0, stdout.slice(-6000) + stderr.slice(0, 4000))
        resolve()
      } catch (failure) {
        reject(failure as Error)
      }
    })
  })
}
