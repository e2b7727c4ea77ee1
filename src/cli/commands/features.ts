/** `sockeye features`: the experiments that `--features` switches on. */
import { Command } from 'commander'
import { FEATURES } from '../../config/features.js'
import { tableLines } from '../../terminal/table.js'
import { type Print, toStdout } from '../command-parts.js'

export function featuresCommand(print: Print = toStdout): Command {
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
  const rows = features().map(({ feature, lifecycle, description }) => [feature, lifecycle, description])
  return `${tableLines([['FEATURE', 'LIFECYCLE', 'DESCRIPTION'], ...rows]).join('\n')}\n`
}
