/**
 * The help of `sockeye run`: what it does, how to start, and its flags in groups. Flags that are not supported yet are not shown.
 *
 *   Workload
 *     -u, --vus <n>          number of virtual users (default 1)
 */
import { FLAG_GROUPS, type FlagDefinition } from './flag-definition.js'
import { RUN_FLAGS } from './flags.js'

const WIDEST_NAMES = 34
const LINE = 100

const INTRODUCTION = `Run a load test.

Usage
  sockeye run [flags] <script>      a .ts, .js, .mts, .mjs or .cjs file, or - for standard input

Examples
  sockeye run script.ts                      as its options say, or one iteration
  sockeye run -u 100 -d 30s script.ts        100 virtual users for 30 seconds
  sockeye run -s 10s:50 -s 1m:50 script.ts   ramp up to 50 virtual users, then stay there
  sockeye run --echo script.ts               against the built-in echo server
`

const CLOSING = `Most test options can also be set in the script (export const options), in a configuration file, and with a
variable: K6_VUS or SOCKEYE_VUS for --vus. A flag counts before a variable, a variable before the script.`

/** `emphasise` sets headings apart; leave it out for plain text. */
export function runHelp(emphasise: (text: string) => string = (text) => text): string {
  const groups = FLAG_GROUPS.map((group) => {
    const flags = RUN_FLAGS.filter((flag) => flag.group === group && flag.support === 'supported')
    return `${emphasise(group)}\n${flags.map(describeFlag).join('\n')}\n`
  })
  const introduction = INTRODUCTION.replace(/^(Usage|Examples)$/gm, (heading) => emphasise(heading))
  return `${introduction}\n${groups.join('\n')}\n${CLOSING}\n`
}

function describeFlag(flag: FlagDefinition): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  const names = `  ${short}--${flag.name}${writtenValue(flag)}`
  const text = flag.default === undefined ? flag.help : `${flag.help} (default ${flag.default})`
  const indent = ' '.repeat(WIDEST_NAMES + 2)
  const lines = wrap(text, LINE - indent.length).join(`\n${indent}`)
  return names.length > WIDEST_NAMES ? `${names}\n${indent}${lines}` : `${names.padEnd(indent.length)}${lines}`
}

function writtenValue({ kind, placeholder }: FlagDefinition): string {
  if (placeholder === undefined) return ''
  return kind === 'optional' ? `[=${placeholder}]` : ` ${placeholder}`
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]
    if (line !== undefined && line.length + word.length < width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
