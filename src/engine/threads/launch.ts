/** What a shard's thread starts. */
import { launchProgram } from '../../base/launch-program.js'

launchProgram(import.meta.url)
