import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { runTcpScript, type TcpScriptResult } from '../helpers/tcp-script.js'

describe('k6/x/tcp: module and constructor', () => {
  let run: TcpScriptResult

  before(async () => {
    run = await runTcpScript(
      `
      const errorOf = (action) => {
        try { action() } catch (e) { return { name: e.name, message: e.message, text: String(e) } }
      }
      const s = new Socket()
      const classes = [Socket, byDefault.Socket, namespace.Socket, required.Socket]
      report('forms', classes.map((C) => new C().ready_state))
      report('same', classes.every((C) => C === Socket))
      report('keys', { namespace: Object.keys(namespace), default: Object.keys(byDefault), required: Object.keys(required) })
      report('noDefault', [namespace.default, required.default])
      report('class', [s instanceof Socket, s.constructor === Socket, Socket.name])

      const state = () => [
        s.ready_state, s.connected, s.bytes_written, s.bytes_read, s.local_ip, s.local_port, s.remote_ip, s.remote_port,
      ]
      report('fresh', state())
      report('assigned', ['ready_state', 'connected', 'local_ip', 'local_port', 'remote_ip', 'remote_port', 'bytes_written',
        'bytes_read'].map((name) => errorOf(() => { s[name] = 1 })))
      report('afterAssigning', state())

      report('members', [Object.keys(s), JSON.stringify(s)])
      const methods = ['connect', 'write', 'destroy', 'setTimeout', 'on'].map((name) => Object.getOwnPropertyDescriptor(s, name))
      report('methods', methods.map((d) => [typeof d.value, d.writable, d.enumerable, d.configurable]))
      report('length', s.connect.length)
      report('absent', ['once', 'off', 'end', 'pause', 'address', 'setNoDelay'].filter((name) => name in s))

      report('wrong', [5, 'x', true, { tags: 5 }, { tags: 'x' }].map((o) => errorOf(() => new Socket(o)).name))
      report('right', [null, undefined, {}, { tags: null }, { foo: 1 }].map((o) => errorOf(() => new Socket(o))))
      report('withoutNew', errorOf(() => Socket()).name)
      class Client extends Socket { greet() { return this.ready_state } }
      report('extended', [new Client().greet(), new Client() instanceof Socket, new Client().constructor === Client])
      report('none', errorOf(() => new Socket()))
      const { destroy } = new Socket(null)
      report('destroyedNull', destroy())
      `,
      {
        name: 'script.js',
        outside: `
        import byDefault from 'k6/x/tcp'
        import * as namespace from 'k6/x/tcp'
        const required = require('k6/x/tcp')`,
      },
    )
  })

  it('TCP-01 every form of import gives a usable Socket, and the namespace has nothing else', () => {
    const { reported } = run
    assert.deepEqual(reported['forms'], Array(4).fill('disconnected'))
    assert.deepEqual(reported['keys'], { namespace: ['Socket'], default: ['Socket'], required: ['Socket'] })
    assert.deepEqual(reported['noDefault'], ['undefined', 'undefined'])
  })

  it('Socket is one real class, whatever the form of import', () => {
    assert.equal(run.reported['same'], true)
    assert.deepEqual(run.reported['class'], [true, true, 'Socket'])
  })

  it('Socket needs new, and can be extended', () => {
    assert.equal(run.reported['withoutNew'], 'TypeError')
    assert.deepEqual(run.reported['extended'], ['disconnected', true, true])
  })

  it('TCP-02 a new socket is disconnected, has counted nothing and has no end points', () => {
    assert.deepEqual(run.reported['fresh'], ['disconnected', false, 0, 0, ...Array(4).fill('undefined')])
  })

  it('TCP-03 a socket cannot be constructed in the init context', async () => {
    const { exitCode, errors } = await runScript(
      `import { Socket } from 'k6/x/tcp'
      new Socket()
      export default function () {}`,
    )
    assert.equal(exitCode, 107)
    assert.match(errors.join('\n'), /GoError: using TCP sockets in the init context is not supported/)
  })

  it('TCP-04 assigning to a property throws a TypeError and changes nothing', () => {
    const names = ['ready_state', 'connected', 'local_ip', 'local_port', 'remote_ip', 'remote_port', 'bytes_written']
    const errors = run.reported['assigned'] as { name: string; message: string }[]
    assert.equal(errors.length, 8)
    names.forEach((name, i) => {
      assert.equal(errors[i]?.name, 'TypeError')
      assert.equal(errors[i]?.message, `Cannot assign to read only property '${name}'`)
    })
    assert.deepEqual(run.reported['afterAssigning'], run.reported['fresh'])
  })

  it('TCP-05 its own enumerable properties are the five methods, and JSON shows none', () => {
    assert.deepEqual(run.reported['members'], [['connect', 'write', 'destroy', 'setTimeout', 'on'], '{}'])
    assert.deepEqual(run.reported['methods'], Array(5).fill(['function', true, true, true]))
    assert.equal(run.reported['length'], 2)
    assert.deepEqual(run.reported['absent'], [])
  })

  it('TCP-06 options must be an object with an object of tags, or nothing', () => {
    assert.deepEqual(run.reported['wrong'], Array(5).fill('GoError'))
    assert.deepEqual(run.reported['right'], Array(5).fill('undefined'))
    assert.equal(run.reported['none'], 'undefined')
  })

  it('a socket made with null can be destroyed, and its methods work when taken off it', () => {
    assert.equal(run.reported['destroyedNull'], 'undefined')
  })
})
