/** The page of a run: live while `--out dashboard` serves it, and as the one file of `--report`. */
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Charts } from './charts.js'
import { Choice } from './choice.js'
import { Compared } from './compared.js'
import { Control } from './control.js'
import { embeddedData, filtersOf, type PageData } from './data.js'
import { clock, time } from './format.js'
import { type Connection, follow } from './live.js'
import { Overview } from './overview.js'
import { resetZoom } from './plot.js'
import { Checks, Errors, Facts, Log, Metrics, Scenarios, Thresholds } from './tables.js'

type Theme = 'auto' | 'light' | 'dark'

function Page({ initial }: { readonly initial: PageData | undefined }) {
  const [data, setData] = useState(initial)
  const [connection, setConnection] = useState<Connection>(initial === undefined ? 'connecting' : 'none')
  const [chosen, choose] = useState('')
  const [theme, setTheme, colours] = useTheme()
  useEffect(() => (initial === undefined ? follow(setData, setConnection) : undefined), [initial])
  useEffect(() => {
    if (data !== undefined) document.title = `${verdictWord(data)} · ${data.result.script} · sockeye`
  }, [data])
  if (data === undefined)
    return <main>{connection === 'lost' ? 'The run cannot be reached.' : 'Waiting for the run …'}</main>
  const { result } = data
  const filters = filtersOf(data)
  const filter = filters.find((each) => each.join('\n') === chosen)
  return (
    <>
      <header>
        <h1>{result.script}</h1>
        <span class="facts">
          {time(result.startedAt)} · {clock(result.durationMs / 1000)} · {data.madeBy}
          {connection === 'lost' && data.state === 'running' && ' · connection lost, what follows may be missing'}
        </span>
        <span class="controls">
          {filters.length > 1 && (
            <Choice
              label="Part that charts show"
              value={chosen}
              options={[['', 'everything'], ...filters.map((each) => [each.join('\n'), each.join(': ')] as const)]}
              choose={choose}
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
        {data.control !== undefined && <Control control={data.control} />}
        {data.baseline !== undefined && <Compared data={data} baseline={data.baseline} theme={colours} />}
        <Thresholds data={data} />
        <Scenarios data={data} />
        <Charts data={data} filter={filter} theme={colours} />
        <Checks data={data} />
        <Errors data={data} />
        <Metrics data={data} />
        <Log data={data} />
        <Facts data={data} />
      </main>
      <footer class="dim">
        Times are those of this computer. Made by {data.madeBy}; nothing is loaded from elsewhere.
      </footer>
    </>
  )
}

function verdictWord({ state, result }: PageData): string {
  return state === 'running' ? 'running' : result.verdict
}

/**
 * The reader's choice of colours, how to change it, and the colours that follow from it. The choice is lost with the page: a page that is
 * opened as a file may not be allowed to store anything.
 */
function useTheme(): [Theme, (theme: Theme) => void, 'light' | 'dark'] {
  const [theme, setTheme] = useState<Theme>('auto')
  const [isDark, setDark] = useState(DARK.matches)
  useEffect(() => {
    const listener = (): void => setDark(DARK.matches)
    DARK.addEventListener('change', listener)
    return () => DARK.removeEventListener('change', listener)
  }, [])
  const colours = theme === 'auto' ? (isDark ? 'dark' : 'light') : theme
  // Set while rendering, not in an effect: charts read their colours when they are made.
  document.documentElement.dataset['theme'] = colours
  return [theme, setTheme, colours]
}

const DARK = matchMedia('(prefers-color-scheme: dark)')
const place = document.getElementById('page')
if (place !== null) {
  embeddedData().then(
    (data) => {
      place.textContent = ''
      render(<Page initial={data} />, place)
    },
    // A browser that is too old for DecompressionStream, or a file that was cut off.
    (error) => {
      place.textContent = `The data of this page cannot be read: ${error}`
    },
  )
}
