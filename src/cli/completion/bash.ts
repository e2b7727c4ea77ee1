/** Completion for bash: a function that looks at the previous word and at the command. It does not need the package bash-completion. */
import type { CompletedCommand, CompletedFlag } from './model.js'

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# bash completion for sockeye
_sockeye() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=( $(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$current") )
    return
  fi
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
complete -o default -o bashdefault -F _sockeye sockeye
`
}

function commandCase({ name, flags, words }: CompletedCommand): string {
  const lines = [
    `    ${name})`,
    ...valueCases(flags),
    `      if [[ "$current" == -* ]]; then`,
    `        COMPREPLY=( $(compgen -W '${flags.map(({ long }) => long).join(' ')}' -- "$current") )`,
    ...(words === undefined || words.length === 0
      ? []
      : ['      else', `        COMPREPLY=( $(compgen -W '${words.join(' ')}' -- "$current") )`]),
    '      fi',
    '      ;;',
  ]
  return lines.join('\n')
}

function valueCases(flags: readonly CompletedFlag[]): string[] {
  const chosen = flags.filter(({ values }) => values.length > 0)
  const free = flags.filter(({ takesValue, values }) => takesValue && values.length === 0)
  if (chosen.length + free.length === 0) return []
  return [
    '      case "$previous" in',
    ...chosen.map(
      (flag) =>
        `        ${names(flag)}) COMPREPLY=( $(compgen -W '${flag.values.join(' ')}' -- "$current") ); return ;;`,
    ),
    ...(free.length === 0 ? [] : [`        ${free.map(names).join('|')}) return ;;`]),
    '      esac',
  ]
}

function names({ long, short }: CompletedFlag): string {
  return short === undefined ? long : `${short}|${long}`
}
