// Runs the command on a script and gives its summary export; a process of its own, as users run it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

export function runScenario(script, flags, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  const summary = join(folder, 'summary.json')
  const args = [command, 'run', '--quiet', '--summary-export', summary, ...flags.map(String), script]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  if (status !== 0) throw new Error(`the run failed with ${status}: ${stderr}`)
  const result = JSON.parse(readFileSync(summary, 'utf8'))
  rmSync(folder, { recursive: true })
  return result
}
