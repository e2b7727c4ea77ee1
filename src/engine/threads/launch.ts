/** What a shard's thread starts. */
import { launchProgram } from '../../launch-program.js'

launchProgram(import.meta.url)
