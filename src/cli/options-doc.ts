/** The text of docs/options.md, from the tables that parsing, help and configuration follow. */
import { OPTION_NAMES, OPTIONS } from '../config/option-table.js'
import { ARCHIVE_FLAGS, INSPECT_FLAGS } from './command-flags.js'
import { FLAG_GROUPS, type FlagDefinition } from './flag-definition.js'
import { RUN_FLAGS } from './flags.js'

const SUPPORT = {
  supported: 'yes',
  later: 'not yet',
  cloud: 'no: for Grafana Cloud',
} as const

const INTRODUCTION = `# Options

Made from the tables in \`src/cli/flags.ts\` and \`src/config/option-table.ts\` by \`node scripts/generate-options-doc.mjs\`; do not
edit it.

A value is looked for in this order: flag, variable, script (\`export const options = { … }\`), configuration file
(\`--config\`), default. Every variable can be written \`K6_…\` or \`SOCKEYE_…\`; the latter counts first. A layer that sets any of
\`duration\`, \`iterations\`, \`stages\` and \`scenarios\` discards all four of the lower ones.

A flag that is not supported is refused; a variable or an option that is not supported has no effect, and the run says so.
`

const ONLY_FLAGS = 'Flags that set no option of a script say how this run behaves.'

export function optionsDoc(): string {
  const groups = FLAG_GROUPS.flatMap((group) => {
    const flags = RUN_FLAGS.filter((flag) => flag.group === group)
    return flags.length === 0 ? [] : [`### ${group}\n\n${flagTable(flags)}`]
  })
  const parts = [
    INTRODUCTION,
    `## Flags of \`sockeye run\`\n\n${ONLY_FLAGS}\n`,
    ...groups,
    otherCommand('inspect', INSPECT_FLAGS),
    otherCommand('archive', ARCHIVE_FLAGS),
    `## Options of scripts and of the configuration file\n\n${optionTable()}`,
  ]
  return parts.join('\n')
}

function flagTable(flags: readonly FlagDefinition[]): string {
  const rows = flags.map(({ option, env, help, support, ...flag }) => [
    code(writtenFlag(flag)),
    help,
    flag.default === undefined ? '' : code(flag.default),
    env === undefined ? '' : code(`K6_${env}`),
    option === undefined ? '' : code(option),
    SUPPORT[support],
  ])
  return table(['flag', 'meaning', 'default', 'variable', 'option', 'supported'], rows)
}

function otherCommand(name: string, flags: readonly FlagDefinition[]): string {
  const ofRun = flags.filter((flag) => RUN_FLAGS.some((other) => other.name === flag.name))
  const own = flags.filter((flag) => !ofRun.includes(flag))
  const shared = ofRun.filter(({ support }) => support === 'supported').map((flag) => code(`--${flag.name}`))
  const text = `Besides these, flags of \`run\`: ${shared.join(', ')}. There \`--include-system-env-vars\` is false unless given.`
  return `## Flags of \`sockeye ${name}\`\n\n${flagTable(own)}\n${text}\n`
}

function optionTable(): string {
  const rows = OPTION_NAMES.map((name) => {
    const { form, env, support, inScript } = OPTIONS[name]
    const flag = RUN_FLAGS.find((candidate) => candidate.option === name)
    return [
      code(name),
      `${form.expected}${inScript ? '' : '; not in scripts'}`,
      flag === undefined ? '' : code(`--${flag.name}`),
      env === undefined ? '' : code(`K6_${env}`),
      SUPPORT[support],
    ]
  })
  return table(['option', 'value', 'flag', 'variable', 'supported'], rows)
}

function writtenFlag({
  name,
  short,
  kind,
  placeholder,
}: Pick<FlagDefinition, 'name' | 'short' | 'kind' | 'placeholder'>) {
  const value = placeholder === undefined ? '' : kind === 'optional' ? `[=${placeholder}]` : ` ${placeholder}`
  return `${short === undefined ? '' : `-${short}, `}--${name}${value}`
}

function code(text: string): string {
  return `\`${text}\``
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('')
}
