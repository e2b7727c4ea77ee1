/**
 * SMTP with the package `nodemailer`: STARTTLS when the server offers it, and one message.
 *
 *   npm install nodemailer
 *   sockeye run -e SMTP_HOST=localhost -e SMTP_PORT=2525 --insecure-skip-tls-verify examples/npm/nodemailer.ts
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import nodemailer from 'nodemailer'

export const options = {
  vus: 200,
  iterations: 200,
  thresholds: { checks: ['rate==1'], mail_duration: ['p(95)<20000'] },
}

const duration = new Trend('mail_duration', true)

export default async function () {
  const mailer = nodemailer.createTransport({
    host: __ENV.SMTP_HOST || 'localhost',
    port: Number(__ENV.SMTP_PORT || 2525),
    requireTLS: true,
  })
  const start = Date.now()
  const { accepted } = await mailer.sendMail({
    from: `user${__VU}@example.com`,
    to: 'postmaster@example.com',
    subject: `iteration ${__ITER}`,
    text: 'hello',
  })
  duration.add(Date.now() - start)
  check(accepted, { 'the server took it': ([address]) => address === 'postmaster@example.com' })
  mailer.close()
}
