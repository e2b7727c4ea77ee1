// The sum of one metric: sockeye run --out ./sum.ts=bytes_read script.js
import type { OutputFactory, Samples } from 'sockeye-cli/extension'

const factory: OutputFactory = (name) => {
  let [sum, count] = [0, 0]
  return {
    description: `sum of ${name}`,
    start() {},
    onSamples(samples: Samples) {
      for (let i = 0; i < samples.length; i++) {
        if (samples.metrics[samples.metric[i] ?? 0]?.name !== name) continue
        sum += samples.value[i] ?? 0
        count++
      }
    },
    stop() {},
    delivery: () => ({ unit: `samples, ${sum} in all`, delivered: count, lost: 0 }),
  }
}
export default factory
