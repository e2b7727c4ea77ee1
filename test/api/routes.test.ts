import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ControlError } from '../../src/api/controlled-run.js'
import { type ApiAnswer, answer } from '../../src/api/routes.js'
import { FakeRun } from '../helpers/fake-run.js'

function ask(method: string, path: string, body = '', run = new FakeRun()): Promise<ApiAnswer> {
  return answer(run, { method, path, body: async () => body })
}

async function json(method: string, path: string, body = '', run = new FakeRun()): Promise<unknown> {
  return JSON.parse((await ask(method, path, body, run)).body as string)
}

const STATUS = {
  data: {
    type: 'status',
    id: 'default',
    attributes: { status: 7, paused: false, vus: 2, 'vus-max': 2, stopped: false, running: true, tainted: false },
  },
}

describe('control API, paths and methods', () => {
  for (const path of ['/', '/ping', '/v1', '/v2/status', '/metrics', '/debug/vars/']) {
    it(`${path} is a sign of life`, async () => {
      assert.deepEqual(await ask('GET', path), { status: 200, type: 'text/plain; charset=utf-8', body: 'ok' })
    })
  }

  for (const path of ['/v1/', '/v1/nope', '/v1/status/', '/v1/statusx', '/v1/setup/1']) {
    it(`${path} does not exist`, async () => {
      const { status, body } = await ask('GET', path)
      assert.equal(status, 404)
      assert.equal(body, '404 page not found\n')
    })
  }

  const wrong = [
    ['POST', '/v1/status'],
    ['DELETE', '/v1/status'],
    ['OPTIONS', '/v1/status'],
    ['toString', '/v1/status'],
    ['POST', '/v1/metrics'],
    ['PATCH', '/v1/metrics/vus'],
    ['PUT', '/v1/groups'],
    ['DELETE', '/v1/groups/x'],
    ['PATCH', '/v1/setup'],
    ['GET', '/v1/teardown'],
  ] as const
  for (const [method, path] of wrong) {
    it(`${method} ${path} is not allowed, without a body`, async () => {
      assert.deepEqual(await ask(method, path), { status: 405 })
    })
  }
})

describe('control API, status', () => {
  it('shows the status', async () => {
    assert.deepEqual(await json('GET', '/v1/status'), STATUS)
    assert.equal((await ask('GET', '/v1/status')).type, 'application/json; charset=utf-8')
  })

  it('passes changes on and answers with the new status', async () => {
    const run = new FakeRun()
    const attributes = { paused: false, stopped: false, vus: 3, 'vus-max': 5, scenario: 's', status: 7, tainted: null }
    assert.deepEqual(await json('PATCH', '/v1/status', JSON.stringify({ data: { attributes } }), run), STATUS)
    assert.deepEqual(run.changes, [{ stopped: false, paused: false, vus: 3, 'vus-max': 5, scenario: 's' }])
  })

  for (const body of [
    '{}',
    '{"data":{}}',
    '{"data":{"attributes":{}},"id":7}',
    '{"data":{"attributes":{"vus":null}}}',
  ]) {
    it(`${body} changes nothing`, async () => {
      const run = new FakeRun()
      assert.equal((await ask('PATCH', '/v1/status', body, run)).status, 200)
      assert.deepEqual(run.changes, [{}])
    })
  }

  const bad = [
    ['', /JSON/],
    ['nope', /not valid JSON/],
    ['[]', /^the body must be an object, got \[\]$/],
    ['null', /^the body must be an object, got null$/],
    ['{"data":5}', /^data must be an object, got 5$/],
    ['{"data":{"attributes":[]}}', /^data.attributes must be an object, got \[\]$/],
    ['{"data":{"attributes":{"paused":"no"}}}', /^paused must be a boolean, got "no"$/],
    ['{"data":{"attributes":{"vus":1.5}}}', /^vus must be a whole number, got 1.5$/],
    ['{"data":{"attributes":{"vus-max":"5"}}}', /^vus-max must be a number, got "5"$/],
  ] as const
  for (const [body, detail] of bad) {
    it(`refuses ${body === '' ? 'an empty body' : body}`, async () => {
      const { status, body: text } = await ask('PATCH', '/v1/status', body)
      assert.equal(status, 400)
      const [error] = JSON.parse(text as string).errors
      assert.equal(error.status, '400')
      assert.equal(error.title, 'Invalid data')
      assert.match(error.detail, detail)
    })
  }

  it('says why a change is not possible', async () => {
    const run = new FakeRun()
    run.failure = new ControlError(500, 'Pause error', 'execution is already paused')
    const { status, body } = await ask('PATCH', '/v1/status', '{}', run)
    assert.equal(status, 500)
    assert.deepEqual(JSON.parse(body as string), {
      errors: [{ status: '500', title: 'Pause error', detail: 'execution is already paused' }],
    })
  })
})

describe('control API, metrics', () => {
  it('lists metrics and submetrics that have samples', async () => {
    const { data } = (await json('GET', '/v1/metrics')) as { data: { id: string }[] }
    assert.deepEqual(
      data.map(({ id }) => id),
      ['iterations', 'rtt', 'rtt{kind:a/b}', 'vus', 'checks'],
    )
    assert.deepEqual(data[0], {
      type: 'metrics',
      id: 'iterations',
      attributes: { type: 'counter', contains: 'default', tainted: null, sample: { count: 10, rate: 1.99 } },
    })
  })

  const samples = [
    ['rtt', true, { avg: 1, max: 2, med: 3, min: 4, 'p(90)': 5, 'p(95)': 6 }],
    ['rtt%7Bkind:a%2Fb%7D', false, { avg: 1, max: 2, med: 3, min: 4, 'p(90)': 5, 'p(95)': 6 }],
    ['vus', null, { value: 3 }],
    ['checks', null, { rate: 0.5 }],
  ] as const
  for (const [id, tainted, sample] of samples) {
    it(`shows ${id} with the values of its type`, async () => {
      const { data } = (await json('GET', `/v1/metrics/${id}`)) as { data: { attributes: Record<string, unknown> } }
      assert.equal(data.attributes['tainted'], tainted)
      assert.deepEqual(data.attributes['sample'], sample)
    })
  }

  for (const [path, what] of [
    ['/v1/metrics/nope', 'metric'],
    ['/v1/metrics/unused', 'metric'],
    ['/v1/metrics/%E0%A4%A', 'metric'],
    ['/v1/groups/nope', 'group'],
  ] as const) {
    it(`knows nothing of ${path}`, async () => {
      assert.deepEqual(await json('GET', path), {
        errors: [{ status: '404', title: 'Not Found', detail: `No ${what} with that ID was found` }],
      })
      assert.equal((await ask('GET', path)).status, 404)
    })
  }
})

describe('control API, groups', () => {
  // md5 of '' and '::outer'
  const ROOT = 'd41d8cd98f00b204e9800998ecf8427e'

  it('lists all groups with their checks and how they lie in each other', async () => {
    const { data } = (await json('GET', '/v1/groups')) as { data: Record<string, never>[] }
    const [root, outer, inner] = data as unknown as [Group, Group, Group]
    assert.equal(data.length, 3)
    assert.equal(root.id, ROOT)
    assert.deepEqual(root.relationships, {
      groups: { data: [{ type: 'groups', id: outer.id }] },
      parent: { data: null },
    })
    assert.deepEqual(root.attributes['checks'], [
      { id: root.attributes['checks'][0].id, path: '::ok', name: 'ok', passes: 9, fails: 1 },
    ])
    assert.deepEqual(outer.attributes, { path: '::outer', name: 'outer', checks: null })
    assert.deepEqual(inner.relationships, { groups: { data: [] }, parent: { data: { type: 'groups', id: outer.id } } })
    assert.equal(inner.attributes['checks'][0].path, '::outer::inner::deep')
  })

  it('shows one of them', async () => {
    const { data } = (await json('GET', `/v1/groups/${ROOT}`)) as { data: Group }
    assert.equal(data.attributes['name'], '')
  })

  interface Group {
    readonly id: string
    readonly attributes: any
    readonly relationships: unknown
  }
})

describe('control API, setup and teardown', () => {
  it('shows setup data once there is some', async () => {
    const run = new FakeRun()
    assert.deepEqual(await json('GET', '/v1/setup', '', run), {
      data: { type: 'setupData', id: 'default', attributes: {} },
    })
    const after = { data: { type: 'setupData', id: 'default', attributes: { data: { a: 1 } } } }
    assert.deepEqual(await json('POST', '/v1/setup', '', run), after)
    assert.deepEqual(await json('GET', '/v1/setup', '', run), after)
  })

  for (const [body, data] of [
    ['{"b":[1]}', { b: [1] }],
    ['null', null],
    ['', null],
    ['"text"', 'text'],
  ] as const) {
    it(`takes ${body === '' ? 'an empty body' : body} as setup data`, async () => {
      assert.deepEqual(await json('PUT', '/v1/setup', body), {
        data: { type: 'setupData', id: 'default', attributes: { data } },
      })
    })
  }

  it('refuses setup data that is not JSON, and keeps what there was', async () => {
    const run = new FakeRun()
    run.setupData = '1'
    const { status, body } = await ask('PUT', '/v1/setup', '{', run)
    assert.equal(status, 400)
    assert.equal(JSON.parse(body as string).errors[0].title, 'Error parsing request body')
    assert.equal(run.setupData, '1')
  })

  it('runs teardown and answers without a body', async () => {
    const run = new FakeRun()
    assert.deepEqual(await ask('POST', '/v1/teardown', '', run), { status: 200 })
    assert.equal(run.teardowns, 1)
  })

  for (const name of ['setup', 'teardown']) {
    it(`says that ${name} failed`, async () => {
      const run = new FakeRun()
      run.failure = new Error('it threw')
      const { status, body } = await ask('POST', `/v1/${name}`, '', run)
      assert.equal(status, 500)
      assert.deepEqual(JSON.parse(body as string).errors, [
        { status: '500', title: `Error executing ${name}`, detail: 'it threw' },
      ])
    })
  }
})
