/**
 * RabbitMQ with the package `amqplib`: a queue of the VU's own, a message to it, and its delivery.
 *
 *   npm install amqplib
 *   sockeye run -e AMQP_URL=amqp://localhost examples/npm/amqplib.ts
 */
import amqp from 'amqplib'
import { check } from 'k6'
import { Trend } from 'k6/metrics'

export const options = {
  vus: 200,
  iterations: 200,
  thresholds: { checks: ['rate==1'], amqp_delivery: ['p(95)<20000'] },
}

const delivery = new Trend('amqp_delivery', true)

export default async function () {
  const connection = await amqp.connect(__ENV.AMQP_URL || 'amqp://localhost')
  const channel = await connection.createChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  let deliver: (text: string) => void = () => {}
  const delivered = new Promise<string>((resolve) => {
    deliver = resolve
  })
  await channel.consume(queue, (message) => deliver(`${message?.content}`), { noAck: true })
  const start = Date.now()
  channel.sendToQueue(queue, Buffer.from(`hello ${__ITER}`))
  const text = await delivered
  delivery.add(Date.now() - start)
  check(text, { 'the message came back': (value) => value === `hello ${__ITER}` })
  await connection.close()
}
