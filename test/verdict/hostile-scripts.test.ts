/** What people get wrong in scripts, in all the ways that were tried: one message with the place, and the right exit code. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunScriptOptions, runScript } from '../helpers/run-script.js'

const FINE = 'export default function () {}'

const run = (source: string, options: RunScriptOptions = {}) => runScript(source, { name: 'script.js', ...options })

/** Of the first error: message and hint. */
async function told(source: string, options?: RunScriptOptions) {
  const { exitCode, log, summary } = await run(source, options)
  const errors = log.filter(({ level }) => level === 'error')
  const text = errors.map(({ msg, hint, error }) => [msg, error, hint].filter(Boolean).join(' | '))
  return { exitCode, text: text.join('\n'), count: errors.length, summary }
}

describe('a function that a call does not run', () => {
  for (const [kind, script] of [
    ['a generator function', 'export default function* () { yield 1 }'],
    ['a generator function', 'export default async function* () { yield 1 }'],
    ['a class', 'export default class Test { run() {} }'],
  ]) {
    it(`is no test: ${script}`, async () => {
      const { exitCode, text } = await told(script!)
      assert.equal(exitCode, 104)
      assert.match(text, new RegExp(`executor default: 'default' is ${kind}, and calling it would run nothing of it`))
      assert.match(text, /hint export a function: export default async function \(\)/)
    })
  }

  it('is no setup() either; of what is not called nothing is said', async () => {
    const { exitCode, text } = await told(`export function* setup() {}\n${FINE}`)
    assert.equal(exitCode, 107)
    assert.match(text, /exported 'setup' must be a function that can be called, and is a generator function/)
    assert.equal((await told(`export class Client {}\nexport function* ids() {}\n${FINE}`)).exitCode, 0)
  })
})

describe('an error with a cause', () => {
  for (const [what, script, text] of [
    [
      'of its own',
      `export default function () {\n  throw new Error('outer', { cause: new TypeError('inner') })\n}`,
      /^Error: outer\n\tat default \(script.js:2:9\)\n\tcaused by TypeError: inner \|/,
    ],
    [
      'that are several',
      `export default async function () { await Promise.any([1, 2, 3, 4].map((n) => Promise.reject(new Error('e' + n)))) }`,
      /AggregateError: .*\n\tcaused by Error: e1 and Error: e2 and Error: e3 and 1 more/,
    ],
    [
      'that is itself',
      `export default function () { const e = new Error('loop'); e.cause = e; throw e }`,
      /^Error: loop\n\tat default \(.*\)(\n\tcaused by Error: loop){3} \|/,
    ],
    [
      'that cannot be read',
      `export default function () { throw Object.defineProperty(new Error('x'), 'cause', { get() { throw 1 } }) }`,
      /^Error: x\n\tat default \(script.js:1:\d+\) \|/,
    ],
    [
      'from the network, in fetch',
      `export default async function () {\n  await fetch('http://127.0.0.1:1/')\n}`,
      /TypeError: fetch failed\n\tat default \(script.js:2:9\)\n\tcaused by Error: dial tcp 127.0.0.1:1: connect: connection refused$/,
    ],
  ] as const) {
    it(`${what} tells it`, async () => assert.match((await told(script)).text, text))
  }

  it('is among the errors of the run with it', async () => {
    const { summary } = await run(`export default async function () { await fetch('http://127.0.0.1:1/') }`)
    const { errors } = summary as unknown as { errors: { message: string }[] }
    assert.equal(
      errors[0]?.message,
      'TypeError: fetch failed, caused by Error: dial tcp 127.0.0.1:1: connect: connection refused',
    )
  })
})

describe('a file that is no JavaScript', () => {
  for (const [what, content, hint] of [
    [
      'TypeScript',
      'const a: number = 1\nexport default function () {}',
      /this is TypeScript: give the file a name that/,
    ],
    ['UTF-16', Buffer.from(`\ufeff${FINE}`, 'utf16le'), /lib.js is UTF-16 text, .*: save it as UTF-8/],
    ['a program', Buffer.from([127, 69, 76, 70, 0, 1, 2]), /lib.js is not a text file/],
  ] as const) {
    it(`but ${what} is told as that`, async () => {
      const { exitCode, text } = await told(`import './lib.js'\n${FINE}`, { files: { 'lib.js': content } })
      assert.equal(exitCode, 107)
      assert.match(text, hint)
    })
  }

  it('is not meant when a JavaScript file imports what is not there', async () => {
    const { text } = await told(`import './nowhere.js'\n${FINE}`)
    assert.match(text, /"\.\/nowhere\.js" couldn't be found on local disk/)
    assert.doesNotMatch(text, /TypeScript/)
  })

  it('nor TypeScript gets no such advice', async () => {
    const { text } = await told('export default function () { const a = = 1 }')
    assert.doesNotMatch(text, /TypeScript/)
  })
})

describe('a name that is looked for in the wrong module', () => {
  for (const [name, module] of [
    ['http', 'k6/http'],
    ['Trend', 'k6/metrics'],
    ['SharedArray', 'k6/data'],
    ['Socket', 'k6/x/tcp'],
  ]) {
    it(`is told where it is: ${name}`, async () => {
      const { exitCode, text } = await told(`import { ${name} } from 'k6'\n${FINE}`)
      assert.equal(exitCode, 107)
      assert.ok(text.includes(`does not provide an export named "${name}"; see "${module}", at script.js:1:10`), text)
    })
  }
})

describe('await import() of a built-in module', () => {
  it('gives it', async () => {
    const { console, errors } = await run(`export default async function () {
      const { default: http, get } = await import('k6/http')
      const { check } = await import('k6')
      console.log(typeof http.get, http.get === get, typeof check)
    }`)
    assert.deepEqual([errors, console], [[], ['function true function']])
  })
})

describe('sockets of an iteration that fails', () => {
  it('say nothing of their own end', async () => {
    const { log, summary } = await run(`import { WebSocket } from 'k6/websockets'
      export default function () {
        new WebSocket('ws://127.0.0.1:1').send('too early')
      }`)
    assert.equal(log.filter(({ msg }) => msg.startsWith('WebSocket ')).length, 0)
    assert.equal((summary as unknown as { errors: unknown[] }).errors.length, 1)
  })
})

describe('a URL without its scheme', () => {
  for (const [what, call] of [
    ['k6/http', `http.get('127.0.0.1:1/x')`],
    ['k6/http', `http.get('/login')`],
    ['k6/ws', `ws.connect('127.0.0.1:1', {}, () => {})`],
  ]) {
    it(`is told as that: ${what}, ${call}`, async () => {
      const { log } = await run(
        `import http from 'k6/http'\nimport ws from 'k6/ws'\nexport default function () { ${call} }`,
      )
      const warning = log.find(({ level }) => level === 'warning')
      assert.match(String(warning?.['hint']), /^give the whole URL, with its scheme: (http|ws):\/\/host\/path$/)
    })
  }
})

describe('a name that a metric cannot have', () => {
  for (const [name, rule] of [
    ['t', 'this name has one character, and two are the least'],
    ['my trend', 'this name contains a space'],
  ]) {
    it(`is told with the rule that it breaks: ${name}`, async () => {
      const { exitCode, text } = await told(`import { Trend } from 'k6/metrics'\nnew Trend('${name}')\n${FINE}`)
      assert.equal(exitCode, 107)
      assert.ok(text.includes(`Invalid metric name: '${name}'. Metric names must only include up to 128`), text)
      assert.ok(text.includes('underscore.\n\tat script.js:2:1') && text.endsWith(rule!), text)
    })
  }
})
