// Makes the pictures in docs/ from real runs: node scripts/pictures.mjs [seconds=60]. Needs Debian's chromium, pngquant and util-linux, and a
// build. A chat server is tested twice, and is twice as slow the second time.
//   first run    report.png      its report            terminal.png    its summary
//   second run   dashboard.png   its page              progress.png    the terminal meanwhile
//                comparison.png  against the first one
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { WebSocketServer } from 'ws'
import { root } from './lib.mjs'

const { Terminal } = createRequire(import.meta.url)('@xterm/headless')
const SECONDS = Number(process.argv[2] ?? 60)
const MAIN = join(root, 'dist', 'cli', 'main.js')
/** The eight colours of a terminal, for a dark background. */
const COLORS = ['#5b6673', '#ff9b9b', '#6fdc9f', '#f6c667', '#8cc4ff', '#d69bf5', '#7fdbe6', '#e8edf2']
const SCRIPT = `
import { check, sleep } from 'k6'
import { Trend } from 'k6/metrics'
import ws from 'k6/ws'

const roundTrip = new Trend('round_trip', true)
const part = (share: number) => Math.round(share * ${SECONDS}) + 's'

export const options = {
  scenarios: {
    rooms: {
      executor: 'ramping-vus',
      exec: 'room',
      stages: [
        { duration: part(0.3), target: 20 },
        { duration: part(0.5), target: 20 },
        { duration: part(0.2), target: 5 },
      ],
    },
    lookups: { executor: 'constant-arrival-rate', exec: 'lookup', rate: 10, duration: part(0.8), startTime: part(0.1), preAllocatedVUs: 5 },
  },
  thresholds: {
    round_trip: ['p(95)<600'],
    'round_trip{scenario:lookups}': ['p(95)<600', 'p(95)<800 over 10s'],
    checks: ['rate>0.95'],
  },
}

function talk(messages: number) {
  ws.connect(__ENV.URL, {}, (socket) => {
    let sent = 0
    let left = messages
    socket.on('open', say)
    socket.on('message', (answer) => {
      roundTrip.add(Date.now() - sent)
      check(answer, { 'answer is an echo': (text) => text.startsWith('hello') })
      if (--left === 0) socket.close()
      else socket.setTimeout(say, 100)
    })
    function say() {
      sent = Date.now()
      socket.send('hello ' + __VU)
    }
  })
}

export function room() {
  talk(20)
  sleep(0.5)
}

export function lookup() {
  if (Math.random() < 0.01) throw new Error('no such room')
  talk(1)
}
`

const folder = mkdtempSync(join(tmpdir(), 'sockeye-pictures-'))
const { port, slowDown, close } = await chatServer()
writeFileSync(join(folder, 'chat.ts'), SCRIPT)
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const taken = await inTerminal(['--save', 'main.json', '--report', 'main.html'])
  slowDown(2)
  await inTerminal(
    ['--baseline', 'main.json', '--report', 'report.html', '--address', '127.0.0.1:0', '--out', 'dashboard=port=0'],
    whileItRuns,
  )
  await terminalPicture('terminal.png', fromStatus(taken.lines()))
  await pagePicture('report.png', pathToFileURL(join(folder, 'main.html')).href, { width: 1180, height: 1240 })
  await pagePicture('comparison.png', pathToFileURL(join(folder, 'report.html')).href, {
    width: 1180,
    height: 900,
    from: 'h2:has-text("Compared with")',
  })
} finally {
  await browser.close()
  close()
  rmSync(folder, { recursive: true, force: true })
  // With 48 colours files have a third of the size.
  for (const name of ['terminal', 'progress', 'dashboard', 'report', 'comparison'])
    spawnSync('pngquant', ['--force', '--ext', '.png', '48', join(root, 'docs', `${name}.png`)])
}

/** Makes pictures in the middle of the run. */
async function whileItRuns(screen) {
  const url = await screen.shows(/the dashboard is at (http:\S+)/)
  const page = await browser.newPage({ viewport: { width: 1280, height: 1580 } })
  await page.goto(url)
  await sleep(SECONDS * 600)
  await page.screenshot({ path: join(root, 'docs', 'dashboard.png') })
  await terminalPicture('progress.png', fromStatus(screen.lines()))
  await page.close()
}

async function pagePicture(name, url, { width, height, from }) {
  const page = await browser.newPage({ viewport: { width, height } })
  await page.goto(url)
  await page.waitForSelector('canvas')
  const top = from === undefined ? 0 : (await page.locator(from).boundingBox()).y - 16
  await page.screenshot({ path: join(root, 'docs', name), fullPage: true, clip: { x: 0, y: top, width, height } })
  await page.close()
}

async function terminalPicture(name, lines) {
  const page = await browser.newPage({ viewport: { width: 100, height: 100 } })
  const html = lines.map((line) => line.map(spanOf).join('')).join('\n')
  await page.setContent(
    `<style>body{margin:0}pre{margin:0;padding:14px 18px;display:inline-block;background:#10151b;color:#e8edf2;font:13px/1.35 'DejaVu Sans Mono',monospace}</style><pre>${html}</pre>`,
  )
  await page.locator('pre').screenshot({ path: join(root, 'docs', name) })
  await page.close()
}

/** The lines without the banner and the log, which are above. */
function fromStatus(lines) {
  return lines.slice(lines.findIndex((line) => textOf(line).startsWith('running')))
}

function textOf(line) {
  return line.map(({ text }) => text).join('')
}

function spanOf({ text, color, bold, dim }) {
  const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
  const style = [color && `color:${color}`, bold && 'font-weight:bold', dim && 'opacity:.65'].filter(Boolean).join(';')
  return style === '' ? escaped : `<span style="${style}">${escaped}</span>`
}

/** Runs the test in a pseudo-terminal of 100 columns. */
async function inTerminal(flags, use = () => {}) {
  const emulator = new Terminal({ cols: 100, rows: 60, scrollback: 1000, allowProposedApi: true })
  const command = ['stty cols 100 rows 60; exec', process.execPath, MAIN, 'run', 'chat.ts', ...flags].join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh', URL: `ws://127.0.0.1:${port}`, CI: '' },
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  child.stdout.on('data', (bytes) => emulator.write(bytes))
  const screen = {
    lines: () => linesOf(emulator.buffer.active),
    async shows(pattern) {
      for (;;) {
        const found = pattern.exec(screen.lines().map(textOf).join('\n'))
        if (found !== null) return found[1]
        await sleep(100)
      }
    },
  }
  await use(screen)
  await ended
  await sleep(100)
  return screen
}

function linesOf(buffer) {
  const lines = Array.from({ length: buffer.length }, (_, i) => runsOf(buffer.getLine(i)))
  while (lines.length > 0 && textOf(lines.at(-1)).trim() === '') lines.pop()
  return lines
}

/** Joins neighbouring cells with the same colour and style. */
function runsOf(line) {
  const runs = []
  const length = line.translateToString(true).length
  for (let i = 0; i < length; i++) {
    const cell = line.getCell(i)
    const look = {
      color: cell.isFgPalette() ? COLORS[cell.getFgColor() % 8] : undefined,
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
    }
    const last = runs.at(-1)
    const isSame = last && last.color === look.color && last.bold === look.bold && last.dim === look.dim
    if (isSame) last.text += cell.getChars() || ' '
    else runs.push({ ...look, text: cell.getChars() || ' ' })
  }
  return runs
}

/** An echo server that answers after about 15 ms. */
async function chatServer() {
  let factor = 1
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const delay = factor * 15 * Math.exp(Math.abs(Math.random() + Math.random() + Math.random() - 1.5) * 1.5)
      setTimeout(() => socket.send(data.toString()), delay)
    })
  })
  await new Promise((resolve) => server.on('listening', resolve))
  return {
    port: server.address().port,
    slowDown: (by) => {
      factor = by
    },
    close: () => server.close(),
  }
}
