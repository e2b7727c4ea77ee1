/** `sockeye completion`: a script for the shell that completes commands and flags. */
import { Argument, Command } from 'commander'
import { type Print, toStdout } from '../command-parts.js'
import { completionModel } from '../completion/model.js'
import { COMPLETIONS, SHELLS, type Shell } from '../completion/shells.js'

export function completionCommand(program: () => Command, print: Print = toStdout): Command {
  return new Command('completion')
    .description('print a script that completes commands and flags in your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', HOW_TO)
    .action((shell: Shell) => print(COMPLETIONS[shell](completionModel(program()))))
}

const HOW_TO = `
To use it:
  bash        source <(sockeye completion bash)                      in ~/.bashrc
  zsh         source <(sockeye completion zsh)                       in ~/.zshrc, after compinit
  fish        sockeye completion fish > ~/.config/fish/completions/sockeye.fish
  powershell  sockeye completion powershell | Out-String | Invoke-Expression   in $PROFILE`
