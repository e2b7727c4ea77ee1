/**
 * PostgreSQL with the package `pg`: a client per iteration, a transaction, rows that come back as they went in.
 *
 *   npm install pg
 *   sockeye run -e DATABASE_URL=postgres://user:password@localhost/postgres examples/npm/pg.ts
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import pg from 'pg'

export const options = {
  vus: 200,
  iterations: 400,
  thresholds: { checks: ['rate==1'], query_duration: ['p(95)<10000'] },
}

const duration = new Trend('query_duration', true)

export default async function () {
  const client = new pg.Client({ connectionString: __ENV.DATABASE_URL })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query('CREATE TEMP TABLE orders (id int, item text) ON COMMIT DROP')
    await client.query('INSERT INTO orders VALUES ($1, $2), ($3, $4)', [__VU, 'tea', __ITER, 'coffee'])
    const start = Date.now()
    const { rows } = await client.query('SELECT * FROM orders ORDER BY item')
    duration.add(Date.now() - start)
    await client.query('COMMIT')
    check(rows, {
      'both rows': (found) => found.length === 2,
      'as written': ([coffee, tea]) => coffee.id === __ITER && tea.id === __VU,
    })
  } finally {
    await client.end()
  }
}
