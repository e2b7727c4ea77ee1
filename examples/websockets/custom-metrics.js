/**
 * Metrics of your own beside those that every socket has, and goals for both.
 *
 *   sockeye run --echo examples/websockets/custom-metrics.js
 */
import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
import { WebSocket } from 'k6/websockets'

export const options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    orders: ['count==20'],
    order_time: ['p(95)<1000'],
    orders_accepted: ['rate>0.99'],
    'ws_closes{close_code:1000}': ['count==4'],
    ws_sockets_open: ['value==0'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://localhost:7009'
const ORDERS = 5
const orders = new Counter('orders')
const orderTime = new Trend('order_time', true)
const accepted = new Rate('orders_accepted')
const pending = new Gauge('orders_pending')

export default function () {
  const ws = new WebSocket(URL)
  const sentAt = new Map()

  ws.onopen = () => {
    for (let id = 0; id < ORDERS; id++) {
      sentAt.set(id, Date.now())
      ws.send(JSON.stringify({ id, item: 'fish' }))
      orders.add(1)
    }
    pending.add(sentAt.size)
  }
  ws.onmessage = ({ data }) => {
    const { id, item } = JSON.parse(data)
    orderTime.add(Date.now() - sentAt.get(id), { item })
    accepted.add(item === 'fish')
    sentAt.delete(id)
    pending.add(sentAt.size)
    if (sentAt.size === 0) ws.close()
  }
}
