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

  for (const [width, colorScheme] of [
    [390, 'dark'],
    [1280, 'light'],
    [2200, 'dark'],
  ] as const)
    it(`is accessible and fits, ${width} pixels wide, ${colorScheme}`, async () => {
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

  it('the live page follows the run to its end and keeps what it has (WEB-05, WEB-07)', async () => {
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
