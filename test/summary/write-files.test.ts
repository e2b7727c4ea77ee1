import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, describe, it } from 'node:test'
import { writeSummaryFiles } from '../../src/summary/write-files.js'

const folder = mkdtempSync(join(tmpdir(), 'summary-'))
after(() => rmSync(folder, { recursive: true }))

describe('writing the files of a summary', () => {
  it('sends stdout and stderr there and all else to files', async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const destination = { stdout, stderr, workingDirectory: folder }
    await writeSummaryFiles(
      [
        { target: 'stdout', content: 'out' },
        { target: 'stderr', content: Buffer.from('err') },
        { target: 'a.json', content: '{}' },
        { target: join(folder, 'b.bin'), content: Uint8Array.of(0, 255) },
      ],
      destination,
    )
    assert.equal(stdout.read()?.toString(), 'out')
    assert.equal(stderr.read()?.toString(), 'err')
    assert.equal(readFileSync(join(folder, 'a.json'), 'utf8'), '{}')
    assert.deepEqual([...readFileSync(join(folder, 'b.bin'))], [0, 255])
  })

  it('names every file it could not write, after writing the others', async () => {
    const destination = { stdout: new PassThrough(), stderr: new PassThrough(), workingDirectory: folder }
    // A file is where a folder would have to be.
    const files = ['fine', 'fine/1', 'also', 'fine/2'].map((target) => ({ target, content: 'x' }))
    await assert.rejects(writeSummaryFiles(files, destination), {
      message:
        /^Could not save some summary information:\n\t- could not open 'fine\/1': .+\n\t- could not open 'fine\/2': .+$/,
      exitCode: 111,
    })
    assert.equal(readFileSync(join(folder, 'fine'), 'utf8'), 'x')
    assert.equal(readFileSync(join(folder, 'also'), 'utf8'), 'x')
  })

  it('makes the folders that are missing', async () => {
    const destination = { stdout: new PassThrough(), stderr: new PassThrough(), workingDirectory: folder }
    await writeSummaryFiles([{ target: 'reports/today/a.html', content: 'x' }], destination)
    assert.equal(readFileSync(join(folder, 'reports', 'today', 'a.html'), 'utf8'), 'x')
  })

  // Node's own recursive mkdir does not come back from there.
  it('says of a folder that can never be made that it cannot', { skip: !existsSync('/proc/self') }, async () => {
    const destination = { stdout: new PassThrough(), stderr: new PassThrough(), workingDirectory: folder }
    await assert.rejects(writeSummaryFiles([{ target: '/proc/nowhere/a/b.html', content: 'x' }], destination), {
      code: 'ERR_SUMMARY_FILES',
    })
  })
})
