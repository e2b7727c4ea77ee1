/** What timers and listeners measure belongs to the group in which the script started the timer or made the socket. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { runScript, type ScriptResult } from '../helpers/run-script.js'

const groupsOf = (result: ScriptResult): unknown[] =>
  result.samples.filter(({ metric }) => metric === 'checks').map(({ tags }) => [tags['check'], tags['group']])

const head = `
  import { check, group, sleep } from 'k6'
  import { Socket } from 'k6/x/tcp'
  const seen = (name) => check(1, { [name]: true })`

describe('the group of timers and listeners', () => {
  it('is that in which a timer was started, also when its callback sleeps', async () => {
    const result = await runScript(
      `${head}
      export default function () {
        group('a', () => {
          setTimeout(() => { seen('one'); sleep(0.01); seen('two'); group('inner', () => seen('three')) }, 1)
          let ticks = 0
          const interval = setInterval(() => { seen('tick'); if (++ticks === 2) clearInterval(interval) }, 30)
        })
        seen('after')
        setTimeout(() => seen('outside'), 5)
      }`,
      { samples: true },
    )
    assert.equal(result.exitCode, 0)
    assert.deepEqual(groupsOf(result), [
      ['after', ''],
      ['one', '::a'],
      ['two', '::a'],
      ['three', '::a::inner'],
      ['outside', ''],
      ['tick', '::a'],
      ['tick', '::a'],
    ])
  })

  it('is left when a callback throws', async () => {
    const result = await runScript(
      `${head}
      export const options = { iterations: 2 }
      export default function () {
        if (__ITER === 1) return void seen('next')
        group('a', () => { setTimeout(() => { throw new Error('in the timer') }, 1) })
      }`,
      { samples: true },
    )
    assert.deepEqual(groupsOf(result), [['next', '']])
  })

  it('is that in which a socket was made', async () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const result = await runScript(
      `${head}
      export default async function () {
        let socket
        group('tcp', () => { socket = new Socket() })
        socket.on('data', () => { seen('data'); socket.destroy() })
        await socket.connect(${port}, '127.0.0.1')
        await socket.write('x')
        seen('after an await')
      }`,
      { samples: true },
    )
    server.close()
    assert.equal(result.exitCode, 0)
    assert.deepEqual(groupsOf(result).toSorted(), [
      ['after an await', ''],
      ['data', '::tcp'],
    ])
  })
})
