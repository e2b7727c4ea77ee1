import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { inFolder } from '../helpers/cli.js'

/** As many samples as a thread can make. */
const FULL_SPEED = `
import { Counter } from 'k6/metrics'
const made = new Counter('made')
export const options = { vus: 2, duration: '1s' }
export default function () { for (let i = 0; i < 100; i++) made.add(1) }
`

describe('raw samples of a script at full speed', () => {
  for (const [output, file, line] of [
    ['json', 'out.json', '"metric":"made","type":"Point"'],
    ['csv', 'out.csv', 'made,'],
  ] as const) {
    it(`are all in the file of ${output}`, () =>
      inFolder(async (folder) => {
        await folder.write('script.js', FULL_SPEED)
        const args = ['run', '--quiet', '--out', `${output}=${file}`, '--summary-export', 'summary.json', 'script.js']
        const { exitCode, stderr } = await folder.sockeye(args)
        assert.equal(exitCode, 0, stderr)
        const { metrics } = JSON.parse((await folder.read('summary.json')).toString())
        let lines = 0
        for await (const text of createInterface({ input: createReadStream(join(folder.path, file)) })) {
          if (text.includes(line)) lines++
        }
        assert.equal(lines, metrics.made.count)
        assert.ok(lines > 10_000, `${lines}`)
      }))
  }

  it('that cannot be written to the end give exit code 111 and one line that counts them', () =>
    inFolder(async (folder) => {
      await folder.write('script.js', FULL_SPEED)
      const { exitCode, stderr } = await folder.sockeye(['run', '--quiet', '--out', 'json=/dev/full', 'script.js'])
      assert.equal(exitCode, 111, stderr)
      assert.match(stderr, /the output json \(\/dev\/full\) lost \d+ of \d+ samples; last error: .*ENOSPC/)
      assert.match(stderr, /results are missing from json \(\/dev\/full\)/)
    }))
})
