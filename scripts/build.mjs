// Compiles src/ to dist/ (the package) and, with the argument "test", src/ and test/ together to build/.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { root, runBin } from './lib.mjs'

const tsc = join('typescript', 'bin', 'tsc')
runBin(tsc, ['-p', 'tsconfig.json'])
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
if (process.argv[2] === 'test') runBin(tsc, ['-p', 'tsconfig.test.json'])
