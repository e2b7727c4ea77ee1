/**
 * MQTT with the package `mqtt`, over TCP, TLS or WebSocket, as the URL says: subscribe, publish, wait for the message.
 *
 *   npm install mqtt
 *   sockeye run -e MQTT_URL=mqtt://localhost:1883 examples/npm/mqtt.ts
 *   sockeye run -e MQTT_URL=mqtts://localhost:8883 --insecure-skip-tls-verify examples/npm/mqtt.ts
 *   sockeye run -e MQTT_URL=ws://localhost:8080 examples/npm/mqtt.ts
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import mqtt from 'mqtt'

export const options = {
  vus: 200,
  iterations: 200,
  thresholds: { checks: ['rate==1'], mqtt_delivery: ['p(95)<10000'] },
}

const delivery = new Trend('mqtt_delivery', true)

export default async function () {
  // Reconnecting is for applications; a test wants to see the failure.
  const client = await mqtt.connectAsync(__ENV.MQTT_URL || 'mqtt://localhost:1883', { reconnectPeriod: 0 })
  const topic = `load-test/${__VU}`
  const message = new Promise<string>((resolve) => client.once('message', (_topic, payload) => resolve(`${payload}`)))
  await client.subscribeAsync(topic, { qos: 1 })
  const sentAt = Date.now()
  await client.publishAsync(topic, `hello ${__ITER}`, { qos: 1 })
  const text = await message
  delivery.add(Date.now() - sentAt)
  check(text, { 'the message came back': (value) => value === `hello ${__ITER}` })
  await client.endAsync()
}
