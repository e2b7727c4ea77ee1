/**
 * Nanoseconds per Sketch.add, against counts in a plain array by Math.log, and against a sum.
 *
 * Usage   npm run bench -- sketch
 * Smoke
 */
import { internals } from './lib.mjs'

const { Sketch } = await internals('sketch/sketch')

const N = 5_000_000
const latencies = Float64Array.from({ length: 4096 }, () => Math.exp(Math.random() * 8 - 3))

function time(name, body) {
  for (let i = 0; i < 3; i++) body()
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5; i++) {
    const start = process.hrtime.bigint()
    body()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / N)
  }
  return { name, 'ns/add': Number(best.toFixed(2)) }
}

const sketch = new Sketch()
const counts = new Float64Array(4096)
const factor = 1 / Math.log(1.01)
let sum = 0
console.table([
  time('sum only', () => {
    for (let i = 0; i < N; i++) sum += latencies[i & 4095]
  }),
  time('Math.log into an array', () => {
    for (let i = 0; i < N; i++) counts[(Math.log(latencies[i & 4095]) * factor + 1000) | 0]++
  }),
  time('Sketch.add', () => {
    for (let i = 0; i < N; i++) sketch.add(latencies[i & 4095])
  }),
])
if (sum === 0) throw new Error('the loop was optimised away')
