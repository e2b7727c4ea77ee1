/** Runs a script of examples/ as the command does; its thresholds decide. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { runHereIn } from './run-here.js'

export const EXAMPLES = join(process.cwd(), 'examples')

/** @param env `-e NAME=value`, each */
export async function runExample(
  path: string,
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<void> {
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const args = ['run', '--quiet', ...flags, ...variables, join(EXAMPLES, path)]
  const { exitCode, stdout, stderr } = await runHereIn(process.cwd(), args)
  assert.equal(exitCode, 0, stdout.slice(-6000) + stderr.slice(0, 4000))
}
