/** `sockeye features`: the experiments that `--features` switches on. */
import { Command } from 'commander'
import { FEATURES } from '../../config/features.js'

export function featuresCommand(print: (text: string) => void = (text) => void process.stdout.write(text)): Command {
  return new Command('features')
    .description('list the experiments that --features switches on')
    .option('--json', 'as JSON')
    .action(({ json = false }: { json?: boolean }) => print(json ? featuresJson() : featuresTable()))
}

interface Feature {
  readonly feature: string
  readonly lifecycle: string
  readonly description: string
}

function features(): Feature[] {
  return Object.entries(FEATURES).map(([feature, description]) => ({ feature, lifecycle: 'Experimental', description }))
}

function featuresJson(): string {
  return `${JSON.stringify(features(), null, 2)}\n`
}

function featuresTable(): string {
  const heading = { feature: 'FEATURE', lifecycle: 'LIFECYCLE', description: 'DESCRIPTION' }
  const rows = [heading, ...features()]
  const [first, second] = (['feature', 'lifecycle'] as const).map((column) =>
    Math.max(...rows.map((row) => row[column].length)),
  ) as [number, number]
  return rows
    .map((row) => `${row.feature.padEnd(first)}  ${row.lifecycle.padEnd(second)}  ${row.description}\n`)
    .join('')
}
