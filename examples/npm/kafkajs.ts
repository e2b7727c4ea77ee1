/**
 * Kafka with the package `kafkajs`: a producer per iteration that sends a batch and waits until the brokers have it.
 *
 *   npm install kafkajs
 *   sockeye run -e KAFKA_BROKERS=localhost:9092 -e KAFKA_TOPIC=orders examples/npm/kafkajs.ts
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import { Kafka, logLevel, Partitioners } from 'kafkajs'

export const options = {
  vus: 200,
  iterations: 400,
  thresholds: { checks: ['rate==1'], send_duration: ['p(95)<10000'] },
}

const duration = new Trend('send_duration', true)
const kafka = new Kafka({ brokers: __ENV.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING, retry: { retries: 0 } })

export default async function () {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  const start = Date.now()
  const messages = [
    { key: `${__VU}`, value: 'tea' },
    { key: `${__VU}`, value: 'coffee' },
  ]
  const records = await producer.send({ topic: __ENV.KAFKA_TOPIC, messages })
  duration.add(Date.now() - start)
  check(records, { 'the brokers have it': ([record]) => record?.errorCode === 0 })
  await producer.disconnect()
}
