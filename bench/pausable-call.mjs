/**
 * The cost of calls in functions that may pause, in ns, against the same calls in code that cannot pause: for several kinds of functions, for
 * calls that do not pause, and for calls that pause and resume at once.
 *
 * Usage   npm run bench -- pausable-call
 * Smoke
 */
import { runInThisContext } from 'node:vm'
import { internals } from './lib.mjs'

const { compile } = await internals('pausable/compiler/compile')
const { createScriptRuntime, evaluateProgram } = await internals('pausable/runtime/script-runtime')
const { PAUSE } = await internals('pausable/runtime/pause')

const CALLS = 1_000_000
const ROUNDS = 20
/** VUs of a thread share the compiled code, but each has its own function objects. V8 tells up to four apart at one place, so there are more. */
const VUS = 10

const source = `
import { sleep } from 'k6'
const state = { n: 0, add(x) { this.n += x }, pausableAdd(x) { this.n += x; if (x > 5) sleep(x) } }
class Counter { n = 0; plain(x) { this.n += x } add(x) { this.n += x; if (x > 5) sleep(x) } }
const counter = new Counter()
function plain(x) { state.n += x; return x }
function condition(x) { state.n += x; if (x > 5) sleep(x); return x }
function guard(x) { if (x < 5) return x; state.n += x; for (let i = 0; i < 2; i++) sleep(x); return x }
function result(x) { state.n += x; return condition(x) }
function value(x) { const y = condition(x); state.n += y; return y + 1 }
function three(x) { const a = condition(x); const b = condition(a); const c = condition(b); return a + b + c }
function threePlain(x) { const a = plain(x); const b = plain(a); const c = plain(b); return a + b + c }
const arrow = (x) => condition(x)
function loop(x) { state.n += x; while (x > 5) { sleep(x); x -= 5 } return x }
function turns(x) { for (let i = 0; i < 2; i++) condition(x); return x }
function turnsPlain(x) { for (let i = 0; i < 2; i++) plain(x); return x }
function over(x) { for (const y of empty) condition(y); return x }
function overPlain(x) { for (const y of empty) plain(y); return x }
function names(x) { for (const y in state) condition(x); return x }
function namesPlain(x) { for (const y in state) plain(x); return x }
const four = [1, 2, 3, 4]
function overFour(x) { for (const y of four) condition(y); return x }
function overFourPlain(x) { for (const y of four) plain(y); return x }
function attempt(x) { try { return condition(x) } finally { state.n += x } }
const empty = []
let unknown = plain
export function setUnknown(mayPause) { unknown = mayPause ? condition : plain }
export function plainCalls(n) { for (let i = 0; i < n; i++) plain(1) }
export function plainMethods(n) { for (let i = 0; i < n; i++) counter.plain(1) }
export function plainThrees(n) { for (let i = 0; i < n; i++) threePlain(1) }
export function unknowns(n) { for (let i = 0; i < n; i++) unknown(1) }
export function conditions(n) { for (let i = 0; i < n; i++) condition(1) }
export function guards(n) { for (let i = 0; i < n; i++) guard(1) }
export function results(n) { for (let i = 0; i < n; i++) result(1) }
export function values(n) { for (let i = 0; i < n; i++) value(1) }
export function threes(n) { for (let i = 0; i < n; i++) three(1) }
export function arrows(n) { for (let i = 0; i < n; i++) arrow(1) }
export function methods(n) { for (let i = 0; i < n; i++) counter.add(1) }
export function objectMethods(n) { for (let i = 0; i < n; i++) state.pausableAdd(1) }
export function loops(n) { for (let i = 0; i < n; i++) loop(1) }
export function manyTurns(n) { for (let i = 0; i < n; i++) turns(1) }
export function manyTurnsPlain(n) { for (let i = 0; i < n; i++) turnsPlain(1) }
export function overs(n) { for (let i = 0; i < n; i++) over(1) }
export function oversPlain(n) { for (let i = 0; i < n; i++) overPlain(1) }
export function overFours(n) { for (let i = 0; i < n; i++) overFour(1) }
export function overFoursPlain(n) { for (let i = 0; i < n; i++) overFourPlain(1) }
export function allNames(n) { for (let i = 0; i < n; i++) names(1) }
export function allNamesPlain(n) { for (let i = 0; i < n; i++) namesPlain(1) }
export function attempts(n) { for (let i = 0; i < n; i++) attempt(1) }
export function pausingSleeps(n) { for (let i = 0; i < n; i++) sleep(6) }
export function pausingConditions(n) { for (let i = 0; i < n; i++) condition(6) }
export function pausingValues(n) { for (let i = 0; i < n; i++) value(6) }
export function pausingMethods(n) { for (let i = 0; i < n; i++) counter.add(6) }
export function pausingLoops(n) { for (let i = 0; i < n; i++) loop(6) }`

/** Title, exported function, the function that it is compared with, and the argument of `setUnknown`. */
const rows = [
  ['plain function, code that cannot pause', 'plainCalls', 'plainCalls'],
  ['plain function, caller does not know it', 'unknowns', 'plainCalls'],
  ['a condition around the last call', 'conditions', 'plainCalls'],
  ['the same, where plain functions are called too', 'unknowns', 'plainCalls', true],
  ['a guard, then a loop', 'guards', 'plainCalls'],
  ['the result of such a call (2 calls)', 'results', 'plainCalls'],
  ['the value of such a call (2 calls)', 'values', 'plainCalls'],
  ['an arrow function (2 calls)', 'arrows', 'plainCalls'],
  ['a loop', 'loops', 'plainCalls'],
  ['a loop of two turns, code that cannot pause', 'manyTurnsPlain', 'manyTurnsPlain'],
  ['a loop of two turns (3 calls)', 'manyTurns', 'manyTurnsPlain'],
  ['try (2 calls)', 'attempts', 'plainCalls'],
  ['a loop over values, code that cannot pause', 'oversPlain', 'oversPlain'],
  ['a loop over values', 'overs', 'oversPlain'],
  ['a loop over four values, code that cannot pause', 'overFoursPlain', 'overFoursPlain'],
  ['a loop over four values (5 calls)', 'overFours', 'overFoursPlain'],
  ['a loop over names, code that cannot pause', 'allNamesPlain', 'allNamesPlain'],
  ['a loop over three names (4 calls)', 'allNames', 'allNamesPlain'],
  ['three values, code that cannot pause', 'plainThrees', 'plainThrees'],
  ['three values (4 calls)', 'threes', 'plainThrees'],
  ['plain method, code that cannot pause', 'plainMethods', 'plainMethods'],
  ['a method of a class', 'methods', 'plainMethods'],
  ['a method of an object', 'objectMethods', 'plainMethods'],
  ['a pause in the loop itself', 'pausingSleeps', 'pausingSleeps'],
  ['a pause in a function: condition', 'pausingConditions', 'pausingSleeps'],
  ['a pause in a function: value (2 calls)', 'pausingValues', 'pausingSleeps'],
  ['a pause in a function: method', 'pausingMethods', 'pausingSleeps'],
  ['a pause in a function: loop', 'pausingLoops', 'pausingSleeps'],
]

const program = compile(source, undefined, { blocking: { k6: ['sleep'] } })
const evaluate = runInThisContext(program.code)

function load() {
  const pause = { call: 'sleep()', start() {} }
  const sleep = Object.assign(() => 0, {
    *[PAUSE]() {
      yield pause
    },
  })
  const world = { module: () => ({ sleep }), namespace: () => ({ sleep }), global: {} }
  return finish(evaluateProgram(evaluate, program.kind, world, createScriptRuntime({ enterPause() {} })))
}

function finish(twin) {
  let step = twin.next()
  while (!step.done) step = twin.next()
  return step.value
}

function nanosecondsPerCall(fn) {
  const start = process.hrtime.bigint()
  if (fn[PAUSE]) finish(fn[PAUSE](CALLS))
  else fn(CALLS)
  return Number(process.hrtime.bigint() - start) / CALLS
}

console.log(`Node ${process.version}, ${CALLS.toLocaleString('en')} calls, median of ${ROUNDS} rounds, ${VUS} VUs`)
const measured = {}
for (const [title, name, baseline, mayPause = false] of rows) {
  const vus = Array.from({ length: VUS }, load)
  for (const vu of vus) vu.setUnknown(mayPause)
  const rounds = Array.from({ length: ROUNDS }, (_, round) => nanosecondsPerCall(vus[round % VUS][name]))
  measured[name] = rounds.sort((a, b) => a - b)[ROUNDS / 2]
  const more = measured[name] - measured[baseline]
  // The number of calls of functions that may pause is in the title, when it is not 1.
  const calls = Number(/\((\d+) calls\)/.exec(title)?.[1] ?? 1)
  const each = calls === 1 ? '' : `   ${sign(more / calls)} ns per call`
  console.log(`${title.padEnd(50)}${measured[name].toFixed(1).padStart(7)} ns   ${sign(more)} ns${each}`)
}

function sign(nanoseconds) {
  return `${nanoseconds < 0 ? '' : '+'}${nanoseconds.toFixed(1)}`
}
