/** Each bench still runs: its shortest run ends well and prints figures. What they say is not judged here. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const root = process.cwd()
const benches = readdirSync(join(root, 'bench')).filter((file) => {
  return file.endsWith('.mjs') && readFileSync(join(root, 'bench', file), 'utf8').includes('* Usage ')
})

describe('the shortest run of each bench', () => {
  for (const file of benches) {
    it(file, () => {
      const head = readFileSync(join(root, 'bench', file), 'utf8')
      const smoke = /^ \* Smoke *(.*)$/m.exec(head)
      assert.ok(smoke, `${file} says under "Smoke" in its first comment with which arguments it is short`)
      const args = smoke[1]!.split(' ').filter((word) => word !== '')
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--expose-gc', join(root, 'bench', file), ...args],
        { encoding: 'utf8', timeout: 120_000 },
      )
      assert.equal(status, 0, stdout + stderr)
      assert.match(stdout, /\d/)
      assert.doesNotMatch(stdout, /\bNaN\b|\bundefined\b/)
    })
  }
})
