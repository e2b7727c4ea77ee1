/** The file that a shard's thread runs first. It loads entry.ts. */
import { launchProgram } from '../../base/launch-program.js'

launchProgram(import.meta.url)
