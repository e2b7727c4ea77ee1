import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer } from '../helpers/tcp-server.js'

describe('timers', () => {
  it('LOOP-01 k6/timers exports the global functions, by name and as properties of its default', async () => {
    const { reported } = await runTcpScript(
      `
      const names = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']
      report('keys', Object.keys(timers).sort())
      report('same', names.every((name) => timers[name] === globalThis[name]))
      report('named', [st === setTimeout, ct === clearTimeout, si === setInterval, ci === clearInterval])`,
      {
        outside: `
        import timers, { setTimeout as st, clearTimeout as ct, setInterval as si, clearInterval as ci } from 'k6/timers'`,
      },
    )
    assert.deepEqual(reported['keys'], ['clearInterval', 'clearTimeout', 'setInterval', 'setTimeout'])
    assert.equal(reported['same'], true)
    assert.deepEqual(reported['named'], [true, true, true, true])
  })

  it('LOOP-02 ids are consecutive positive integers, shared by timeouts and intervals, and go on in the next iteration', async () => {
    const { reported } = await runTcpScript(
      `
      const ids = [setTimeout(() => {}), setInterval(() => {}, 1000), setTimeout(() => {}, 1)]
      clearInterval(ids[1])
      try { setTimeout(null) } catch {}
      ids.push(setTimeout(() => {}))
      report('iteration ' + __ITER, ids)`,
      { options: { iterations: 2 } },
    )
    assert.deepEqual(reported['iteration 0'], [1, 2, 3, 5])
    assert.deepEqual(reported['iteration 1'], [6, 7, 8, 10])
  })

  it('LOOP-02 every virtual user counts its own ids', async () => {
    const { console: lines } = await runTcpScript(`console.log(setTimeout(() => {}))`, {
      options: { vus: 3, iterations: 3, scenarios: undefined },
    })
    assert.ok(lines.every((line) => Number(line) <= 3))
    assert.ok(lines.includes('1'))
  })

  it('LOOP-03 refuses a callback that is null or undefined, and one that is no function', async () => {
    const { reported } = await runTcpScript(`
      for (const [name, start] of [['setTimeout', setTimeout], ['setInterval', setInterval]]) {
        for (const callback of [undefined, null, 'code()', 5, {}]) {
          try {
            start(callback, 1)
            report(name + ' ' + callback, 'no exception')
          } catch (error) {
            report(name + ' ' + callback, [error.name, error.message])
          }
        }
      }`)
    for (const name of ['setTimeout', 'setInterval']) {
      for (const callback of ['undefined', 'null']) {
        assert.equal(reported[`${name} ${callback}`][1], `${name}'s callback isn't a callable function`)
      }
      for (const callback of ['code()', '5', '[object Object]']) {
        assert.equal(reported[`${name} ${callback}`][0], 'TypeError')
      }
    }
  })

  it('LOOP-04 a delay that is missing, negative or no number is 0; strings are converted; more arguments are passed on', async () => {
    const { reported } = await runTcpScript(`
      const order = []
      setTimeout((...args) => order.push(['late', ...args]), 60, 1, 'two', null)
      setTimeout(() => order.push('string'), '30')
      for (const delay of [undefined, -5, NaN, 'soon', {}, null]) setTimeout((a) => order.push(a), delay, String(delay))
      setTimeout(() => order.push('missing'))
      let ticks = 0
      const id = setInterval((a, b) => { if (++ticks === 2) { order.push(a + b); clearInterval(id) } }, -1, 'in', 'terval')
      await pause(150)
      report('order', order)
      report('this', await new Promise((resolve) => setTimeout(function () { resolve(this === globalThis) })))
      report('this of an interval', await new Promise((resolve) => {
        const id = setInterval(function () { clearInterval(id); sleep(0.001); resolve(this === globalThis) })
      }))`)
    const order = reported['order'] as unknown[]
    assert.deepEqual(order.slice(0, 7), ['undefined', '-5', 'NaN', 'soon', '[object Object]', 'null', 'missing'])
    assert.deepEqual(order.slice(7), ['interval', 'string', ['late', 1, 'two', null]])
    assert.equal(reported['this'], true)
    assert.equal(reported['this of an interval'], true)
  })

  it('LOOP-05 timers fire when due, ties in the order they were made, microtasks between them, and never early', async () => {
    const { reported } = await runTcpScript(`
      const order = []
      const early = []
      const at = (ms, name) => {
        const due = Date.now() + ms
        setTimeout(() => {
          if (Date.now() < due - 1) early.push(name)
          order.push(name)
          Promise.resolve().then(() => order.push(name + "'"))
        }, ms)
      }
      at(40, 'c'); at(20, 'a'); at(40, 'd'); at(20, 'b'); at(0, 'now'); at(40, 'e'); at(20.5, 'b2')
      order.push('sync')
      await null
      order.push('micro')
      await pause(120)
      report('order', order)
      report('early', early)`)
    const expected = ['sync', 'micro', ...['now', 'a', 'b', 'b2', 'c', 'd', 'e'].flatMap((name) => [name, `${name}'`])]
    assert.deepEqual(reported['order'], expected)
    assert.deepEqual(reported['early'], [])
  })

  it('LOOP-06 clearTimeout and clearInterval are the same, and ignore ids that are unknown or no ids', async () => {
    const { reported, summary } = await runTcpScript(`
      const fired = []
      clearInterval(setTimeout(() => fired.push('timeout'), 10))
      clearTimeout(setInterval(() => fired.push('interval'), 10))
      for (const id of [0, -1, 99999, 1.5, NaN, 'x', null, undefined, {}, []]) { clearTimeout(id); clearInterval(id) }
      clearTimeout()
      const own = setInterval(() => { fired.push('own'); clearInterval(own); clearInterval(own) }, 1)
      await pause(50)
      report('fired', fired)`)
    assert.deepEqual(reported['fired'], ['own'])
    assert.equal(summary.metrics['iterations']?.['count'], 1)
  })

  it('LOOP-07 a pending timer keeps the iteration', async () => {
    const { reported, summary } = await runTcpScript(`setTimeout(() => report('fired', true), 200)`)
    assert.equal(reported['fired'], true)
    assert.ok((summary.metrics['iteration_duration']?.['min'] ?? 0) >= 200)
  })

  it('LOOP-07 clearing the last timer frees the iteration', async () => {
    const { summary } = await runTcpScript(`
      const id = setTimeout(() => {}, 60000)
      setTimeout(() => clearTimeout(id), 10)`)
    assert.ok((summary.metrics['iteration_duration']?.['max'] ?? Infinity) < 10_000)
  })

  it('LOOP-08 an interval of 0 ms runs until it is cleared and does not starve sockets', async () => {
    await using server = await echoServer()
    const { reported } = await runTcpScript(
      `
      let ticks = 0
      const s = await open()
      s.on('data', () => { clearInterval(id); report('ticks', ticks); s.destroy() })
      const id = setInterval(() => { if (++ticks === 5) s.write('hello') }, 0)`,
      { port: server.port },
    )
    assert.ok(reported['ticks'] >= 5)
  })

  it('an interval counts from the end of its callback, so ticks do not pile up', async () => {
    const { reported } = await runTcpScript(`
      const starts = []
      const id = setInterval(() => {
        starts.push(Date.now())
        if (starts.length === 3) return clearInterval(id)
        sleep(0.05)
      }, 20)
      await pause(400)
      report('gaps', starts.slice(1).map((at, i) => at - starts[i]))`)
    for (const gap of reported['gaps']) assert.ok(gap >= 69, String(gap))
  })

  it('timers work in the init code and delay its end', async () => {
    const { reported, summary } = await runTcpScript(`report('value', value)`, {
      outside: `
      let value = 'initial'
      setTimeout(() => { value = 'set by a timer' }, 30)`,
    })
    assert.equal(reported['value'], 'set by a timer')
    assert.equal(summary.metrics['iterations']?.['count'], 1)
  })
})
