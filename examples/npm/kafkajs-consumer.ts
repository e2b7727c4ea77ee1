/**
 * Kafka with the package `kafkajs`, from end to end: each VU has a topic of its own, sends an order to it, and waits until its consumer has it.
 *
 *   npm install kafkajs
 *   sockeye run -e KAFKA_BROKERS=localhost:9092 -e KAFKA_TOPIC=orders examples/npm/kafkajs-consumer.ts
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import { Kafka, logLevel, Partitioners } from 'kafkajs'

export const options = {
  vus: 200,
  iterations: 400,
  thresholds: { checks: ['rate==1'], end_to_end: ['p(95)<30000'] },
}

const endToEnd = new Trend('end_to_end', true)
const kafka = new Kafka({ brokers: __ENV.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING, retry: { retries: 0 } })

export default async function () {
  const topic = `${__ENV.KAFKA_TOPIC}-${__VU}`
  const order = `${__VU}/${__ITER}`
  const consumer = kafka.consumer({ groupId: `load-test-${order}`, maxWaitTimeInMs: 500 })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await Promise.all([consumer.connect(), producer.connect()])
  await consumer.subscribe({ topic, fromBeginning: true })

  const arrived = new Promise((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        if (String(message.value) === order) resolve(true)
      },
    })
  })
  const start = Date.now()
  await producer.send({ topic, messages: [{ value: order }] })
  check(await arrived, { 'the consumer has it': Boolean })
  endToEnd.add(Date.now() - start)

  await Promise.all([consumer.disconnect(), producer.disconnect()])
}
