// What a call costs in a function that may pause: ns per call, against the same code where nothing can pause.
//   node scripts/build.mjs test && node bench/pausable-call.mjs
import { runInThisContext } from 'node:vm'
import { compile } from '../build/src/script/compile.js'
import { createScriptRuntime, evaluateProgram } from '../build/src/vu/coroutine.js'
import { PAUSE } from '../build/src/vu/pause.js'

const CALLS = 5_000_000
const ROUNDS = 7

const source = `
import { sleep } from 'k6'
const state = { n: 0, add(x) { this.n += x }, pausableAdd(x) { this.n += x; if (x > 5) sleep(x) } }
function plain(x) { state.n += x }
function pausable(x) { state.n += x; if (x > 5) sleep(x) }
let unknown = plain
export function setUnknown(mayPause) { unknown = mayPause ? pausable : plain }
export function callPlain(n) { for (let i = 0; i < n; i++) plain(1) }
export function callUnknown(n) { for (let i = 0; i < n; i++) unknown(1) }
export function callPausable(n) { for (let i = 0; i < n; i++) pausable(1) }
export function methodPlain(n) { for (let i = 0; i < n; i++) state.add(1) }
export function methodPausable(n) { for (let i = 0; i < n; i++) state.pausableAdd(1) }`

const rows = [
  ['plain callee, code that cannot pause', 'callPlain', false],
  ['plain callee, caller does not know it', 'callUnknown', false],
  ['pausable callee that does not pause', 'callPausable', false],
  ['the same, caller does not know it', 'callUnknown', true],
  ['plain method, code that cannot pause', 'methodPlain', false],
  ['pausable method that does not pause', 'methodPausable', false],
]

function load() {
  const program = compile(source, undefined, { blocking: { k6: ['sleep'] } })
  const sleep = Object.assign(() => 0, { *[PAUSE]() {} })
  const world = { module: () => ({ sleep }), namespace: () => ({ sleep }), global: {} }
  const runtime = createScriptRuntime({ enterPause() {} })
  return finish(evaluateProgram(runInThisContext(program.code), program.kind, world, runtime))
}

function finish(twin) {
  const { value, done } = twin.next()
  if (!done) throw new Error('a benchmark must not pause')
  return value
}

function nanosecondsPerCall(fn) {
  const start = process.hrtime.bigint()
  if (fn[PAUSE]) finish(fn[PAUSE](CALLS))
  else fn(CALLS)
  return Number(process.hrtime.bigint() - start) / CALLS
}

console.log(`Node ${process.version}, ${CALLS.toLocaleString('en')} calls, best of ${ROUNDS} rounds`)
const baselines = {}
for (const [title, name, mayPause] of rows) {
  const exports = load()
  exports.setUnknown(mayPause)
  const best = Math.min(...Array.from({ length: ROUNDS }, () => nanosecondsPerCall(exports[name])))
  const kind = name.startsWith('method') ? 'method' : 'call'
  baselines[kind] ??= best
  console.log(`${title.padEnd(42)}${best.toFixed(1).padStart(7)} ns   +${(best - baselines[kind]).toFixed(1)} ns`)
}
