/** Runs a script of examples/ as the command does; its thresholds decide. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { withoutSupervisor } from './run-cli.js'

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')
export const EXAMPLES = join(process.cwd(), 'examples')

/** @param env `-e NAME=value`, each */
export function runExample(
  path: string,
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<void> {
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const args = [MAIN, 'run', '--quiet', ...flags, ...variables, join(EXAMPLES, path)]
  const options = { timeout: 150_000, maxBuffer: 1 << 26, env: { ...process.env, ...withoutSupervisor } }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      try {
        assert.equal(error === null ? 0 : (error.code ?? error.signal), 0, stdout.slice(-6000) + stderr.slice(0, 4000))
        resolve()
      } catch (failure) {
        reject(failure as Error)
      }
    })
  })
}
