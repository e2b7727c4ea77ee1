/**
 * What an npm package costs each virtual user: processor time and memory of 40 more VUs that import it and do nothing, with the package loaded
 * for each VU, and shared by all VUs of a shard.
 *
 * Usage   npm run bench -- npm-packages [packages…]
 * Smoke   avsc
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const ROOT = new URL('..', import.meta.url).pathname
const MAIN = join(ROOT, 'dist/cli/main.js')
const ALL = [
  'ioredis',
  'redis',
  'pg',
  'mqtt',
  '@nats-io/transport-node',
  'amqplib',
  'kafkajs',
  'ws',
  'undici',
  'axios',
  'got',
  'node-fetch',
]
  .concat(['socket.io-client', 'graphql-ws', '@stomp/stompjs', '@microsoft/signalr', 'nodemailer', 'mysql2'])
  .concat(['protobufjs', '@bufbuild/protobuf', '@msgpack/msgpack', 'avsc'])
const MORE = 40

const packages = process.argv.slice(2)
const folder = mkdtempSync(join(ROOT, 'bench', '.npm-'))
try {
  console.log('package'.padEnd(26), 'per VU'.padEnd(24), 'shared')
  for (const name of packages.length > 0 ? packages : ALL) {
    const [own, shared] = [cost(name, false), cost(name, true)]
    console.log(name.padEnd(26), text(own).padEnd(24), text(shared))
  }
} finally {
  rmSync(folder, { recursive: true })
}

function text({ ms, kb }) {
  return `${ms.toFixed(1).padStart(6)} ms ${Math.round(kb).toString().padStart(6)} KB`
}

function cost(name, isShared) {
  const [few, many] = [run(name, isShared, 1), run(name, isShared, 1 + MORE)]
  return { ms: Math.max(0, many.ms - few.ms) / MORE, kb: Math.max(0, many.kb - few.kb) / MORE }
}

function run(name, isShared, vus) {
  const path = join(folder, 'script.js')
  const shared = `sharedPackages: [${isShared ? `'${name}'` : ''}],`
  writeFileSync(
    path,
    `import * as library from '${name}'
     export const options = { vus: ${vus}, iterations: ${vus}, ${shared} }
     export default function () { if (__VU === -1) console.log(library) }`,
  )
  const code = `
    process.on('exit', () => { const u = process.resourceUsage(); process.stderr.write('used ' + (u.userCPUTime + u.systemCPUTime) + ' ' + u.maxRSS) })
    process.argv.splice(1, 0, ${JSON.stringify(MAIN)})
    require(${JSON.stringify(MAIN)})`
  const args = ['-e', code, 'run', '--quiet', '--shards', '1', path]
  const output = execFileSync('sh', ['-c', '"$@" 2>&1', 'sh', process.execPath, ...args], { cwd: ROOT }).toString()
  const [, us, kb] = /used (\d+) (\d+)/.exec(output)
  return { ms: Number(us) / 1000, kb: Number(kb) }
}
