/**
 * MySQL or MariaDB with the package `mysql2`: a client per iteration, a transaction, rows that come back as they went in.
 *
 *   npm install mysql2
 *   sockeye run -e MYSQL_URL=mysql://user:password@localhost/test examples/npm/mysql2.ts
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import mysql, { type RowDataPacket } from 'mysql2/promise'

export const options = {
  vus: 200,
  iterations: 400,
  thresholds: { checks: ['rate==1'], query_duration: ['p(95)<10000'] },
}

const duration = new Trend('query_duration', true)

export default async function () {
  const client = await mysql.createConnection(__ENV.MYSQL_URL)
  try {
    await client.query('CREATE TEMPORARY TABLE orders (id int, item varchar(20))')
    await client.beginTransaction()
    await client.execute('INSERT INTO orders VALUES (?, ?), (?, ?)', [__VU, 'tea', __ITER, 'coffee'])
    await client.commit()
    const start = Date.now()
    const [rows] = await client.execute<RowDataPacket[]>('SELECT * FROM orders ORDER BY item')
    duration.add(Date.now() - start)
    check(rows, {
      'both rows': (found) => found.length === 2,
      'as written': ([coffee, tea]) => coffee.id === __ITER && tea.id === __VU,
    })
  } finally {
    await client.end()
  }
}
