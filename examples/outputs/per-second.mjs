// per-second.mjs: sockeye run --out ./per-second.mjs=lines.txt script.js
import { createWriteStream } from 'node:fs'

/** @type {import('sockeye-cli/extension').OutputFactory} */
export default function (argument) {
  const file = createWriteStream(argument || 'lines.txt')
  return {
    description: `per-second (${argument})`,
    start() {},
    onAggregates({ registry, durationMs }) {
      const iterations = registry.sink('iterations')
      file.write(`${Math.round(durationMs / 1000)} s: ${iterations.sum} iterations\n`)
    },
    onEnd({ verdict, thresholds }) {
      file.write(`${verdict}, ${thresholds.filter(({ ok }) => !ok).length} thresholds failed\n`)
    },
    stop: () => new Promise((resolve) => file.end(resolve)),
  }
}
