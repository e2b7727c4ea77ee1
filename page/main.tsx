/** The page of a run: live while `--out dashboard` serves it, and as the one file of `--report`. */
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { resetZoom } from './chart.js'
import { Charts } from './charts.js'
import { Choice } from './choice.js'
import { embeddedData, type PageData } from './data.js'
import { clock, time } from './format.js'
import { type Connection, follow } from './live.js'
import { Overview } from './overview.js'
import { Checks, Errors, Log, Metrics, Thresholds } from './tables.js'

type Theme = 'auto' | 'light' | 'dark'

function Page({ initial }: { readonly initial: PageData | undefined }) {
  const [data, setData] = useState(initial)
  const [connection, setConnection] = useState<Connection>(initial === undefined ? 'connecting' : 'none')
  const [scenario, setScenario] = useState('')
  const [theme, setTheme] = useTheme()
  useEffect(() => (initial === undefined ? follow(setData, setConnection) : undefined), [initial])
  useEffect(() => {
    if (data !== undefined) document.title = `${verdictWord(data)} · ${data.result.script} · sockeye`
  }, [data])
  if (data === undefined)
    return <main>{connection === 'lost' ? 'The run cannot be reached.' : 'Waiting for the run …'}</main>
  const { result } = data
  const scenarios = [...new Set(data.series.map((series) => series.scenario))].filter((name) => name !== '')
  return (
    <>
      <header>
        <h1>{result.script}</h1>
        <span class="facts">
          {time(result.startedAt)} · {clock(result.durationMs / 1000)} · {data.madeBy}
          {connection === 'lost' && data.state === 'running' && ' · connection lost, what follows may be missing'}
        </span>
        <span class="controls">
          {scenarios.length > 1 && (
            <Choice
              label="Scenario"
              value={scenario}
              options={[['', 'all scenarios'], ...scenarios.map(twice)]}
              choose={setScenario}
            />
          )}
          <button type="button" onClick={resetZoom} title="Drag over a chart to zoom into a stretch of time">
            Whole run
          </button>
          <Choice
            label="Colours"
            value={theme}
            options={[
              ['auto', 'as the system'],
              ['light', 'light'],
              ['dark', 'dark'],
            ]}
            choose={(value) => setTheme(value as Theme)}
          />
        </span>
      </header>
      <main>
        <Overview data={data} />
        <Thresholds data={data} />
        <Charts data={data} scenario={scenario} theme={theme} />
        <Checks data={data} />
        <Errors data={data} />
        <Metrics data={data} />
        <Log data={data} />
      </main>
      <footer class="dim">
        Times are those of this computer. Made by {data.madeBy}; nothing is loaded from elsewhere.
      </footer>
    </>
  )
}

const twice = (name: string): [string, string] => [name, name]

function verdictWord({ state, result }: PageData): string {
  return state === 'running' ? 'running' : result.verdict
}

/** The choice lasts as long as the page: a file may keep nothing. */
function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>('auto')
  // Charts read their colours when they are made.
  const [, systemChanged] = useState(0)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const listener = (): void => systemChanged((count) => count + 1)
    query.addEventListener('change', listener)
    return () => query.removeEventListener('change', listener)
  }, [])
  const choose = (chosen: Theme): void => {
    if (chosen === 'auto') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = chosen
    setTheme(chosen)
  }
  return [theme, choose]
}

const place = document.getElementById('page')
if (place !== null) {
  void embeddedData().then((data) => {
    place.textContent = ''
    render(<Page initial={data} />, place)
  })
}
