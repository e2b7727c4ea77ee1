/**
 * The help of the commands that take a script: what they do, how to start, and their flags in groups. Flags that are not
 * supported yet are not shown.
 *
 *   Workload
 *     -u, --vus <n>          number of virtual users (default 1)
 */

import { ARCHIVE_FLAGS, INSPECT_FLAGS } from './command-flags.js'
import { FLAG_GROUPS, type FlagDefinition } from './flag-definition.js'
import { RUN_FLAGS } from './flags.js'

const WIDEST_NAMES = 34
const LINE = 100

const RUN = `Run a load test.

Usage
  sockeye run [flags] <script>      a .ts, .js, .mts, .mjs or .cjs file, an https URL, or - for standard input

Examples
  sockeye run script.ts                      as its options say, or one iteration
  sockeye run -u 100 -d 30s script.ts        100 virtual users for 30 seconds
  sockeye run -s 10s:50 -s 1m:50 script.ts   ramp up to 50 virtual users, then stay there
  sockeye run --echo script.ts               against the built-in echo server
  sockeye run --dry-run script.ts            show the plan, run nothing
  sockeye run --nats nats://host script.ts   on all machines on which sockeye agent --nats nats://host waits
`

const INSPECT = `Print the options of a script as JSON.

Usage
  sockeye inspect [flags] <script>

Examples
  sockeye inspect script.ts                           what the script exports
  sockeye inspect --execution-requirements script.ts  all configuration, how long it takes and how many VUs it needs
`

const ARCHIVE = `Write a test into one file: the script, everything it imports and opens, its options and its variables.

Usage
  sockeye archive [flags] <script>

Examples
  sockeye archive script.ts                  writes archive.tar
  sockeye archive -u 50 -O load.tar script.ts
  sockeye run load.tar                       runs it, here or on another machine
`

const CLOSING = `Most test options can also be set in the script (export const options), in a configuration file, and with a
variable: K6_VUS or SOCKEYE_VUS for --vus. A flag counts before a variable, a variable before the script.`

type Emphasise = (text: string) => string

const plain: Emphasise = (text) => text

/** `emphasise` sets headings apart; leave it out for plain text. */
export function runHelp(emphasise: Emphasise = plain): string {
  return flagHelp(RUN, RUN_FLAGS, emphasise)
}

export function inspectHelp(emphasise: Emphasise = plain): string {
  return flagHelp(INSPECT, INSPECT_FLAGS, emphasise)
}

export function archiveHelp(emphasise: Emphasise = plain): string {
  return flagHelp(ARCHIVE, ARCHIVE_FLAGS, emphasise)
}

function flagHelp(introduction: string, table: readonly FlagDefinition[], emphasise: Emphasise): string {
  const groups = FLAG_GROUPS.flatMap((group) => {
    const flags = table.filter((flag) => flag.group === group && flag.support === 'supported')
    return flags.length === 0 ? [] : [`${emphasise(group)}\n${flags.map(describeFlag).join('\n')}\n`]
  })
  const heading = introduction.replace(/^(Usage|Examples)$/gm, (text) => emphasise(text))
  return `${heading}\n${groups.join('\n')}\n${CLOSING}\n`
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
