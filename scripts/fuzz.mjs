// npm run fuzz -- PARSER --minutes N [--seed S]: gives random inputs to one parser, or with `all` to each of fuzz/parsers.mjs.
//
// The seed is printed: the same seed and build give the same inputs. A finding is an error that no parser throws on purpose (TypeError,
// RangeError …), or an input that takes longer than a second and than 10 µs per byte. Findings are printed as base64; the exit code is then 1.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PARSERS } from './fuzz/parsers.mjs'
import { root } from './lib.mjs'

const SLOW_MS = 1000
/** Slow for its size: small compressed messages take less per byte. */
const SLOW_MS_PER_BYTE = 0.01

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' }, 'no-build': { type: 'boolean' } },
})
if (!values['no-build']) spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs'), 'test'], { stdio: 'inherit' })

/** A generator of random numbers 0 … 1 with a seed (mulberry32). */
function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const INTERESTING = [
  '\0',
  '\xff',
  '\r\n',
  '\r\n\r\n',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  '0',
  '-1',
  '1e999',
  '9999999999999999999',
  '%00',
  '\u2028',
  '__proto__',
  'constructor',
  ' ',
  '',
]

function mutate(seeds, random) {
  const pick = (list) => list[Math.floor(random() * list.length)]
  let bytes = Buffer.from(pick(seeds))
  for (let n = 1 + Math.floor(random() * 6); n > 0; n--) {
    const at = Math.floor(random() * (bytes.length + 1))
    const to = Math.min(bytes.length, at + Math.floor(random() ** 3 * 40))
    const [before, middle, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]
    const other = pick(seeds)
    const insert = [
      () => Buffer.from(pick(INTERESTING), 'latin1'),
      () => Buffer.from([Math.floor(random() * 256)]),
      () => Buffer.concat([middle, middle]),
      () => Buffer.concat(Array(1 + Math.floor(random() ** 4 * 500)).fill(middle)),
      () => Buffer.from(other).subarray(Math.floor(random() * other.length)),
    ]
    bytes = Buffer.concat([before, pick(insert)(), after])
  }
  return bytes.subarray(0, 1 << 20)
}

/** True for errors that parsers throw on purpose: they have a code, or a class of sockeye. */
const isOurs = (error) =>
  error instanceof Error &&
  (error.code !== undefined ||
    error.constructor.name !== error.name ||
    ['SyntaxError', 'Error'].includes(error.name)) &&
  !(error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)

async function fuzz(name, minutes, seed) {
  const { seeds, run } = await PARSERS[name]()
  const random = randomOf(seed)
  const binary = seeds.map((seed) => Buffer.from(seed))
  const end = performance.now() + minutes * 60_000
  let inputs = 0
  let findings = 0
  for (; performance.now() < end && findings < 10; inputs++) {
    // Node frees native memory of broken streams only when the event loop turns.
    if (inputs % 100 === 0) await new Promise(setImmediate)
    const bytes = mutate(binary, random)
    const cpu = process.cpuUsage()
    let finding
    try {
      await run(bytes, random)
    } catch (error) {
      if (!isOurs(error)) finding = error?.stack ?? String(error)
    }
    const used = process.cpuUsage(cpu).user / 1000
    if (used > SLOW_MS && used > bytes.length * SLOW_MS_PER_BYTE)
      finding ??= `took ${Math.round(used)} ms of processor time`
    if (finding === undefined) continue
    findings++
    console.log(
      `${name}, seed ${seed}, input ${inputs}: ${finding}\n  base64 ${bytes.toString('base64').slice(0, 4000)}`,
    )
  }
  console.log(`${name}: ${inputs} inputs in ${minutes} min with seed ${seed}, ${findings} findings`)
  return findings
}

const [wanted = 'all'] = positionals
const names = wanted === 'all' ? Object.keys(PARSERS) : [wanted]
if (names.some((name) => !Object.hasOwn(PARSERS, name))) {
  console.error(`no parser is called ${wanted}: name one of all, ${Object.keys(PARSERS).join(', ')}`)
  process.exit(2)
}
let findings = 0
for (const name of names)
  findings += await fuzz(name, Number(values.minutes), Number(values.seed ?? Date.now() % 2 ** 32))
process.exit(findings > 0 ? 1 : 0)
