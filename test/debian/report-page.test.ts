/** The report of a real run in Debian's Chromium. Runs where the variable SOCKEYE_DEBIAN_TESTS is set; a missing browser is then a failure. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { runCli } from '../helpers/run-cli.js'
import { assertAccessible, launchBrowser, openPage } from './browser.js'

const SCRIPT = `
import { check, sleep } from 'k6'
import { Trend } from 'k6/metrics'
const rtt = new Trend('rtt', true)
export const options = {
  scenarios: {
    chat: { executor: 'constant-vus', vus: 3, duration: '3s' },
    probe: { executor: 'constant-vus', vus: 1, duration: '3s' },
  },
  thresholds: { rtt: ['p(95)<1'], 'rtt{scenario:probe}': ['p(95)<500'] },
}
export default function () {
  sleep(0.1)
  rtt.add(20)
  check(1, { '<img src=x onerror=alert(1)>': (x) => x === 1, never: () => false })
  throw new Error('<b>no answer</b>')
}`

describe('the report in a browser', { skip: process.env['SOCKEYE_DEBIAN_TESTS'] === undefined }, () => {
  let folder = ''
  let browser: Browser
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sockeye-report-'))
    browser = await launchBrowser()
    const args = [
      'run',
      '--quiet',
      '--save',
      join(folder, 'result.json'),
      '--report',
      join(folder, 'report.html'),
      'script.js',
    ]
    const { exitCode } = await runCli(args, { files: { 'script.js': SCRIPT } })
    assert.equal(exitCode, 99)
  })
  after(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })
  const url = (name: string): string => pathToFileURL(join(folder, name)).href

  it('shows verdict, thresholds of submetrics, checks and errors as texts, and loads nothing (WEB-03, WEB-07)', async () => {
    const { page, requests, problems } = await openPage(browser, url('report.html'))
    const text = await page.innerText('body')
    for (const part of [
      '✗ Failed',
      '1 of 2 thresholds held',
      'rtt{scenario:probe}',
      '<img src=x onerror=alert(1)>',
      '<b>no answer</b>',
      'script.js:',
      'constant-vus',
      'How rtt was spread',
    ])
      assert.ok(text.includes(part), `${part} is missing from ${text}`)
    assert.ok((await page.locator('canvas').count()) >= 5)
    assert.equal(await page.locator('table img').count(), 0)
    assert.deepEqual([requests, problems], [[url('report.html')], []])
    await page.close()
  })

  it('of a short run without requests has a verdict, no empty chart, and a chart of what there was (WEB-08, WEB-09)', async () => {
    const script = `
import { Trend } from 'k6/metrics'
const size = new Trend('size')
export const options = { iterations: 1 }
export default function () { size.add(7) }`
    const path = join(folder, 'short.html')
    const { exitCode } = await runCli(['run', '--quiet', '--report', path, 'script.js'], {
      files: { 'script.js': script },
    })
    assert.equal(exitCode, 0)
    const { page, problems } = await openPage(browser, url('short.html'))
    const text = await page.innerText('body')
    assert.ok(text.includes('✓ Passed') && text.includes('no thresholds: nothing was judged'), text)
    await page.getByLabel('Trend that is shown').selectOption('size')
    const titles = await page.locator('figure h3').allInnerTexts()
    assert.ok(titles.includes('How size was spread'), titles.join(', '))
    assert.ok(!titles.some((title) => /requests|Bytes|Failures|Checks/.test(title)), titles.join(', '))
    // Each chart has its numbers in a table (WEB-11).
    assert.equal(await page.locator('figure:not(:has(table))').count(), 0)
    assert.deepEqual(problems, [])
    await page.close()
  })

  it('is compared with a baseline at the top, with charts of both runs', async () => {
    const args = ['report', join(folder, 'result.json'), '--baseline', join(folder, 'result.json')]
    const { exitCode, stderr } = await runCli([...args, '-o', join(folder, 'compared.html')])
    assert.equal(exitCode, 0, stderr)
    const { page, problems } = await openPage(browser, url('compared.html'))
    const text = await page.innerText('main')
    assert.ok(text.indexOf('Compared with') < text.indexOf('Thresholds\n'), text)
    assert.ok(text.includes('0.0 % against the baseline'), text)
    assert.ok((await page.getByText('baseline', { exact: true }).count()) >= 3)
    await assertAccessible(page)
    assert.deepEqual(problems, [])
    await page.close()
  })

  for (const [width, colorScheme] of [
    [390, 'dark'],
    [1280, 'light'],
    [2200, 'dark'],
  ] as const)
    it(`is accessible and fits, ${width} pixels wide, ${colorScheme} (WEB-11)`, async () => {
      const { page } = await openPage(browser, url('report.html'), { viewport: { width, height: 900 }, colorScheme })
      await assertAccessible(page)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
      await page.close()
    })

  it('a scenario, a trend and colours are chosen by keyboard', async () => {
    const { page, problems } = await openPage(browser, url('report.html'))
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    await page.getByRole('heading', { name: 'Over time: scenario' }).waitFor()
    await page.getByLabel('Colours').selectOption('dark')
    await page.getByLabel('Trend that is shown').selectOption('iteration_duration')
    assert.deepEqual(problems, [])
    await assertAccessible(page)
    await page.close()
  })

  it('the live page steers the run: scales it, pauses, resumes, and stops it', async () => {
    const script = `
import { sleep } from 'k6'
export const options = {
  scenarios: { live: { executor: 'externally-controlled', vus: 1, maxVUs: 5, duration: '2m' } },
}
export default function () { sleep(0.05) }`
    const pages: ReturnType<typeof openPage>[] = []
    const args = ['run', '--address', '127.0.0.1:0', '--api-token', 'secret', '--out', 'dashboard=port=0', 'script.js']
    const running = runCli(args, {
      files: { 'script.js': script },
      onOutput: ({ stderr }) => {
        const [, found] = /the dashboard is at (http:\S+\/)/.exec(stderr) ?? []
        if (found !== undefined && pages.length === 0) pages.push(openPage(browser, found))
      },
    })
    while (pages.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    const [{ page, requests }] = (await Promise.all(pages)) as [Awaited<ReturnType<typeof openPage>>]
    const answer = page.locator('.steer [role=status]')
    await page.getByRole('button', { name: 'Pause' }).click()
    await answer.getByText('token').waitFor()
    await page.getByLabel('Token').fill('secret')
    await page.getByLabel('Virtual users of live').fill('3')
    await page.getByRole('button', { name: 'Scale' }).click()
    await answer.getByText('live: 3 virtual users').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).click()
    await answer.getByText('resumed').waitFor()
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Stop it now' }).click()
    await page.getByText('✗ Aborted').waitFor()
    assert.equal((await running).exitCode, 103)
    assert.ok(
      requests.every((request) => request.startsWith(new URL(page.url()).origin)),
      requests.join(' '),
    )
    await page.close()
  })

  it('the live page follows the run to its end and keeps what it has (WEB-05, WEB-07, WEB-10)', async () => {
    let opened: ReturnType<typeof openPage> | undefined
    const { exitCode } = await runCli(['run', '--out', 'dashboard=port=0', 'script.js'], {
      files: { 'script.js': SCRIPT.replaceAll("'3s'", "'6s'") },
      onOutput: ({ stderr }) => {
        const [, found] = /the dashboard is at (http:\S+\/)/.exec(stderr) ?? []
        if (found !== undefined) opened ??= openPage(browser, found)
      },
    })
    assert.equal(exitCode, 99)
    assert.ok(opened !== undefined)
    const { page, requests } = await opened
    await page.getByText('✗ Failed').first().waitFor()
    assert.ok((await page.locator('canvas').count()) >= 5)
    assert.ok(
      requests.every((request) => /^http:\/\/127\.0\.0\.1:\d+\/(events)?$/.test(request)),
      requests.join(' '),
    )
    await assertAccessible(page)
    await page.close()
  })

  it('sockeye report makes the same page of the result file', async () => {
    const { exitCode, stderr } = await runCli(['report', join(folder, 'result.json')])
    assert.equal(exitCode, 0, stderr)
    const { page } = await openPage(browser, url('result.html'))
    assert.ok((await page.innerText('body')).includes('✗ Failed'))
    await page.close()
    assert.ok((await stat(join(folder, 'result.html'))).size < 1e6)
    assert.equal((await readFile(join(folder, 'result.html'), 'utf8')).includes('alert(1)'), false)
  })
})
