/** Shared by the benches. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Path of the command `sockeye`. */
export const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/**
 * Imports a module of src/ that is not public. Builds the tests when that has not been done.
 *
 * @param path  without `src/` and without its ending: `net/dialer`
 */
export async function internals(path) {
  const built = new URL(`../build/src/${path}.js`, import.meta.url)
  if (!existsSync(built)) {
    console.log('building first (node scripts/build.mjs test)')
    const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))
    const { status } = spawnSync(process.execPath, [build, 'test'], { stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
  }
  return import(built.href)
}

/** Runs a script with the command, in a process of its own as for users; returns its summary export. */
export function runScenario(script, flags, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  const summary = join(folder, 'summary.json')
  const args = [MAIN, 'run', '--quiet', '--summary-export', summary, ...flags.map(String), script]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  if (status !== 0) throw new Error(`the run failed with ${status}: ${stderr}`)
  const result = JSON.parse(readFileSync(summary, 'utf8'))
  rmSync(folder, { recursive: true })
  return result
}

/** Resolves with the next message of a child process; rejects when the child ends first. Without that, the bench would wait forever. */
export function firstMessage(child) {
  return new Promise((resolve, reject) => {
    const ended = (code, signal) => {
      reject(new Error(`a process of the bench ended with ${signal ?? `exit code ${code}`} before it answered`))
    }
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}

/** The processor time of all threads of a process, in seconds. Linux counts in hundredths. */
export function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The resident memory of a process. */
export function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

/**
 * Prints the round with the median processor time of each side, and the ratio of both.
 *
 * @param results  by name, first the other side, then `sockeye`: `{ rate, microseconds }` of each round
 */
export function printRates(results, unit) {
  const [[other, theirs], [, ours]] = Object.entries(results).map(([name, rounds]) => {
    const middle = rounds.toSorted((a, b) => a.microseconds - b.microseconds)[rounds.length >> 1]
    const rate = Math.round(middle.rate).toLocaleString('en').padStart(9)
    console.log(`${name.padEnd(8)} ${rate} ${unit}/s  ${middle.microseconds.toFixed(1)} µs of processor each`)
    return [name, middle]
  })
  const [rate, cost] = [ours.rate / theirs.rate, theirs.microseconds / ours.microseconds]
  console.log(`sockeye / ${other}: rate ${rate.toFixed(2)}, by processor time ${cost.toFixed(2)}`)
}
