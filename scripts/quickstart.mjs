// npm run quickstart: install, build, start the built-in echo server and run a real load test against it.
import { join } from 'node:path'
import { installIfNeeded, root, run } from './lib.mjs'

installIfNeeded()
console.log('building …')
run(process.execPath, [join(root, 'scripts', 'build.mjs')])
const script = join('examples', 'quickstart.ts')
console.log(`sockeye run --echo ${script}`)
run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'run', '--echo', script])
