/**
 * Packages that all VUs of a shard share unless the script writes `sharedPackages`: clients of protocols that need Node's modules, so no
 * script of k6 has them. Each was read for this list: at its module level it has classes, functions and tables, and no connection, queue
 * or setting of one user. So HTTP clients with default headers (`axios`), pools (`undici`) and caches of connections (`socket.io-client`) are not here.
 */
export const SHARED_BY_DEFAULT: readonly string[] = [
  '@nats-io/jetstream',
  '@nats-io/kv',
  '@nats-io/nats-core',
  '@nats-io/obj',
  '@nats-io/services',
  '@nats-io/transport-node',
  '@redis/client',
  'amqplib',
  'ioredis',
  'kafkajs',
  'mqtt',
  'mysql2',
  'nats',
  'nodemailer',
  'pg',
  'redis',
  'ws',
]
