/** Names of classes: a name says one thing in the whole house. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

/** Scripts see these as the names of standards, of Node or of k6, and there are several: `net.Server` and `tls.Server`, for example. */
const OF_SCRIPTS = new Set(['File', 'FormData', 'Server', 'Socket'])

const src = join(process.cwd(), 'src')

describe('names of classes in src/', () => {
  it('are given once, apart from those that scripts know', () => {
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
    const names = files.flatMap((file) => {
      const text = readFileSync(join(src, file), 'utf8')
      return [...text.matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].map(([, name]) => name!)
    })
    assert.ok(names.length > 300, `${names.length} classes found`)
    const twice = names.filter((name, i) => names.indexOf(name) !== i && !OF_SCRIPTS.has(name))
    assert.deepEqual(twice, [])
  })
})
