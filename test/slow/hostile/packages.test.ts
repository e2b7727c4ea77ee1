/** npm packages against servers that send garbage of their protocols. What a package does with a flood counts as work of the script. */
import { suffers } from '../../helpers/hostile/play.js'
import { MQTT_MODES, NATS_MODES, POSTGRES_MODES, REDIS_MODES } from '../../helpers/hostile/wire.js'

const SPOKEN_TO = { waitsFor: (said: Buffer) => said.length > 0 }
/** Clients of Redis keep an answer until it is complete: how much that is depends on how fast the server sends. */
const INCOMPLETE_ANSWERS = /arrays within arrays, without end|a bulk of 2 GB, without end/

suffers('ioredis', {
  imports: "import Redis from 'ioredis'",
  body: `const redis = new Redis({ port: PORT, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    redis.on('error', (error) => tell(error))
    stop = () => redis.disconnect()
    tell(await limit(redis.get('a')))`,
  modes: REDIS_MODES,
  server: SPOKEN_TO,
  mayBeBusy: /without end|deep/,
  keepsAll: INCOMPLETE_ANSWERS,
})

suffers('redis', {
  imports: "import { createClient } from 'redis'",
  body: `const client = createClient({ url: 'redis://' + AT, socket: { reconnectStrategy: false } })
    client.on('error', (error) => tell(error))
    stop = () => client.destroy()
    await limit(client.connect())
    tell(await limit(client.get('a')))`,
  modes: REDIS_MODES,
  server: SPOKEN_TO,
  mayBeBusy: /without end|deep/,
  keepsAll: INCOMPLETE_ANSWERS,
})

suffers('@nats-io/transport-node', {
  imports: "import { connect } from '@nats-io/transport-node'",
  body: `const connection = await limit(connect({ servers: AT, reconnect: false, timeout: PATIENCE }))
    stop = () => { connection.close().catch(() => {}) }
    tell((await limit(connection.request('a', 'b', { timeout: PATIENCE }))).string())`,
  modes: NATS_MODES,
  server: {},
  mayBeBusy: /without end|a million/,
  keepsAll: /PING without end|errors without end/,
})

suffers('pg', {
  imports: "import pg from 'pg'",
  body: `const client = new pg.Client({ port: PORT, host: '127.0.0.1', user: 'a', password: 'b', database: 'c' })
    client.on('error', (error) => tell(error))
    stop = () => client.connection.stream.destroy()
    await limit(client.connect())
    tell((await limit(client.query('SELECT 1'))).rows.length)`,
  modes: POSTGRES_MODES,
  server: SPOKEN_TO,
  mayBeBusy: /without end/,
})

suffers('mqtt', {
  imports: "import mqtt from 'mqtt'",
  body: `const client = mqtt.connect('mqtt://' + AT, { reconnectPeriod: 0, connectTimeout: PATIENCE })
    client.on('error', (error) => tell(error))
    stop = () => client.end(true)
    await limit(new Promise((resolve, reject) => { client.on('connect', resolve); client.on('close', reject) }))
    tell((await limit(client.subscribeAsync('a'))).length)`,
  modes: MQTT_MODES,
  server: SPOKEN_TO,
  mayBeBusy: /without end/,
})
