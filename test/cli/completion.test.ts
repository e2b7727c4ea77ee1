import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { completionModel } from '../../src/cli/completion/model.js'
import { COMPLETIONS, SHELLS } from '../../src/cli/completion/shells.js'
import { RUN_FLAGS } from '../../src/cli/flags.js'
import { createProgram } from '../../src/cli/program.js'

const model = completionModel(createProgram())
const scripts = Object.fromEntries(SHELLS.map((shell) => [shell, COMPLETIONS[shell](model)]))

/** Checks the syntax with the shell itself, where there is one. */
function accepts(shell: string, args: readonly string[], script: string): boolean | undefined {
  const { error, status, stderr } = spawnSync(shell, args, { input: script, encoding: 'utf8' })
  if (error !== undefined) return undefined
  assert.equal(stderr, '')
  return status === 0
}

/** What bash offers for the last of some words. */
function offers(...words: readonly string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(' ')
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _sockeye; printf '%s\\n' "\${COMPREPLY[@]}"`
  const text = execFileSync('bash', ['-c', `${scripts['bash']}\n${ask}`], { encoding: 'utf8' })
  return text.split('\n').filter((word) => word !== '')
}

const hasBash = accepts('bash', ['-n'], '') !== undefined

describe('completions', () => {
  it('know every command, every flag of run that is supported, and no other', () => {
    assert.deepEqual(
      model.map(({ name }) => name),
      [...createProgram().commands.map((command) => command.name()), 'help'],
    )
    const flags = model.find(({ name }) => name === 'run')?.flags.map(({ long }) => long)
    const supported = RUN_FLAGS.filter(({ support }) => support === 'supported').map(({ name }) => `--${name}`)
    assert.deepEqual(flags, [...supported, '--help'])
  })

  for (const shell of SHELLS) {
    it(`for ${shell} name every command and flag`, () => {
      for (const { name, flags } of model) {
        assert.ok(scripts[shell]?.includes(name))
        for (const { long } of flags) {
          assert.ok(scripts[shell]?.includes(shell === 'fish' ? `-l ${long.slice(2)} ` : long), `${name} ${long}`)
        }
      }
    })
  }

  it('are accepted by the shells that are here', () => {
    if (hasBash) assert.equal(accepts('bash', ['-n'], scripts['bash'] as string), true)
    assert.notEqual(accepts('zsh', ['-n'], scripts['zsh'] as string), false)
    assert.notEqual(accepts('fish', ['--no-execute'], scripts['fish'] as string), false)
  })

  if (hasBash) {
    it('work in bash', () => {
      assert.deepEqual(offers('sockeye', 'comp'), ['compare', 'completion'])
      assert.deepEqual(offers('sockeye', 'run', '--summary-m'), ['--summary-mode'])
      assert.deepEqual(offers('sockeye', 'run', '--summary-mode', ''), ['compact', 'disabled', 'full'])
      assert.deepEqual(offers('sockeye', 'run', '-t', 'a'), ['archive'])
      assert.deepEqual(offers('sockeye', 'run', '--vus', ''), [])
      assert.deepEqual(offers('sockeye', 'archive', '--archive'), ['--archive-out'])
      assert.deepEqual(offers('sockeye', 'completion', 'z'), ['zsh'])
      assert.deepEqual(offers('sockeye', 'help', 'insp'), ['inspect'])
      // A file, which the shell completes itself.
      assert.deepEqual(offers('sockeye', 'run', ''), [])
    })
  }
})
