/** The picture in docs/architecture.md: who may import whom. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { describe, it } from 'node:test'

/** The rooms of src/, from the top: each imports only those that stand after it. Files directly in src/ join rooms and may import any. */
const ROOMS = [
  'cli',
  'cluster',
  'run',
  'dashboard',
  'api',
  'report',
  'output',
  'terminal',
  'jslib',
  'summary',
  'echo',
  'engine',
  'script',
  'modules',
  'executor',
  'node',
  'threshold',
  'vu',
  'pausable',
  'log',
  'config',
  'net',
  'metrics',
  'sketch',
  'plan',
  'base',
]

const src = join(process.cwd(), 'src')

interface Import {
  readonly file: string
  readonly from: string
  readonly to: string
}

function importsBetweenRooms(): Import[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8')
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, specifier]) => specifier!)
    return specifiers
      .map((specifier) => ({ file, from: roomOf(file), to: roomOf(normalize(join(dirname(file), specifier))) }))
      .filter(({ from, to }) => from !== to && from !== '')
  })
}

function roomOf(path: string): string {
  return path.includes(sep) ? path.split(sep)[0]! : ''
}

describe('imports between the rooms of src/', () => {
  it('know every room', () => {
    const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    assert.deepEqual(folders.map(({ name }) => name).toSorted(), ROOMS.toSorted())
  })

  it('are drawn in docs/architecture.md in the same order', () => {
    const page = readFileSync(join(process.cwd(), 'docs', 'architecture.md'), 'utf8')
    const [, picture = ''] = page.split('```')
    const drawn = [...picture.matchAll(/(?<![\w/])([a-z]+)\/ /g)].map(([, room]) => room)
    assert.deepEqual(drawn, ROOMS)
  })

  it('point down the picture', () => {
    const wrong = importsBetweenRooms().filter(({ from, to }) => ROOMS.indexOf(to) <= ROOMS.indexOf(from))
    assert.deepEqual(wrong, [])
  })
})
