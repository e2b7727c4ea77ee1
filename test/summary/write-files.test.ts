import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
    const files = ['no/1', 'fine', 'no/2'].map((target) => ({ target, content: 'x' }))
    await assert.rejects(writeSummaryFiles(files, destination), {
      message:
        "Could not save some summary information:\n\t- could not open 'no/1': open no/1: no such file or directory\n" +
        "\t- could not open 'no/2': open no/2: no such file or directory",
    })
    assert.equal(readFileSync(join(folder, 'fine'), 'utf8'), 'x')
  })
})
