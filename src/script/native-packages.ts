/** Packages of compiled code that people use for protocols, and what does the same in pure JavaScript; `no …` where nothing does. */
export const PURE_ALTERNATIVES: Readonly<Record<string, string>> = {
  '@confluentinc/kafka-javascript': 'kafkajs',
  '@grpc/grpc-native': '@grpc/grpc-js, or k6/net/grpc',
  'avro-js': 'avsc',
  bcrypt: 'bcryptjs',
  'better-sqlite3': 'a database server',
  'cpu-features': 'ssh2 without it: it is optional',
  hiredis: 'ioredis or redis',
  ibm_db: 'no package of pure JavaScript is known',
  libpq: 'pg',
  libxmljs: 'fast-xml-parser',
  'node-rdkafka': 'kafkajs',
  'node-sass': 'sass',
  oracledb: 'oracledb in its thin mode, which is the default',
  'pg-native': 'pg',
  re2: 'the regular expressions of the language',
  serialport: 'no package of pure JavaScript is known: it needs a device',
  sqlite3: 'a database server',
  zeromq:
    'no package of pure JavaScript speaks its protocol over TCP: send its frames with k6/x/tcp or node:net, or test through a bridge',
  zookeeper: 'node-zookeeper-client',
}
