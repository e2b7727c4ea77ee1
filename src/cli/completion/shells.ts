/** The shells that completions can be printed for. */
import { bashCompletion } from './bash.js'
import { fishCompletion } from './fish.js'
import type { CompletedCommand } from './model.js'
import { powershellCompletion } from './powershell.js'
import { zshCompletion } from './zsh.js'

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

export type Shell = (typeof SHELLS)[number]

export const COMPLETIONS: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
}
