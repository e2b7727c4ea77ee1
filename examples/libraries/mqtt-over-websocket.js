/**
 * MQTT over WebSocket with the package `mqtt`: subscribe, publish, and measure how long a message is under way.
 *
 *   npm install mqtt
 *   sockeye run -e MQTT_URL=ws://localhost:8888 examples/libraries/mqtt-over-websocket.js
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import mqtt from 'mqtt'

export const options = {
  vus: 2,
  iterations: 4,
  // Its build for browsers: the global WebSocket, measured as ws_*. The one for Node speaks MQTT over TCP, too.
  browserPackages: ['mqtt'],
  thresholds: {
    checks: ['rate==1'],
    mqtt_delivery: ['p(95)<1000'],
    'ws_sessions{subproto:mqtt}': ['count==4'],
  },
}

const MQTT_URL = __ENV.MQTT_URL || 'ws://localhost:8888'
const delivery = new Trend('mqtt_delivery', true)

export default async function () {
  const topic = `load-test/${__VU}/${__ITER}`
  // Reconnecting is for applications; a test wants to see the failure. Timers of workers are for pages in the background.
  const client = await mqtt.connectAsync(MQTT_URL, { reconnectPeriod: 0, timerVariant: 'native' })

  const received = new Promise((resolve) => client.once('message', (_topic, payload) => resolve(payload.toString())))
  await client.subscribeAsync(topic, { qos: 1 })
  const sentAt = Date.now()
  await client.publishAsync(topic, 'hello', { qos: 1 })
  const text = await received
  delivery.add(Date.now() - sentAt)

  check(text, { 'the message came back': (message) => message === 'hello' })
  await client.endAsync()
}
