/** Pauses, resumes, stops and scales the run. When the run refuses, its reason is shown. */
import { useState } from 'preact/hooks'
import type { PageControl } from './data.js'
import { change } from './live.js'

export function Control({ control }: { readonly control: PageControl }) {
  const { isPaused, canPause, scalable, needsToken } = control
  const [token, setToken] = useState('')
  const [isSure, setSure] = useState(false)
  const [answer, setAnswer] = useState('')
  const ask = async (attributes: Readonly<Record<string, unknown>>, done: string): Promise<void> => {
    setSure(false)
    setAnswer('…')
    setAnswer((await change(attributes, token)) ?? done)
  }
  return (
    <section class="card steer" aria-label="Control of the run">
      {needsToken && (
        <label>
          Token
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
      )}
      {isPaused ? (
        <button type="button" onClick={() => void ask({ paused: false }, 'resumed')}>
          Resume
        </button>
      ) : (
        canPause && (
          <button type="button" onClick={() => void ask({ paused: true }, 'paused')}>
            Pause
          </button>
        )
      )}
      {isSure ? (
        <>
          <button type="button" class="danger" onClick={() => void ask({ stopped: true }, 'stopping')}>
            Stop it now
          </button>
          <button type="button" onClick={() => setSure(false)}>
            Let it run
          </button>
        </>
      ) : (
        <button type="button" class="danger" onClick={() => setSure(true)}>
          Stop
        </button>
      )}
      {scalable.map((scenario) => (
        <Scale key={scenario.name} {...scenario} ask={ask} />
      ))}
      <span role="status">{answer}</span>
    </section>
  )
}

interface ScaleProps {
  readonly name: string
  readonly vus: number
  readonly maxVUs: number
  readonly ask: (attributes: Readonly<Record<string, unknown>>, done: string) => Promise<void>
}

function Scale({ name, vus, maxVUs, ask }: ScaleProps) {
  /** What the user typed; empty when there is nothing to apply. */
  const [wanted, setWanted] = useState('')
  const apply = (): void => {
    if (wanted === '') return
    void ask({ scenario: name, vus: Number(wanted) }, `${name}: ${wanted} virtual users`)
    setWanted('')
  }
  return (
    <label>
      Virtual users of {name}
      <input
        type="number"
        min="0"
        max={maxVUs}
        step="1"
        value={wanted}
        placeholder={String(vus)}
        onInput={({ currentTarget }) => setWanted(currentTarget.value)}
        onKeyDown={({ key }) => key === 'Enter' && apply()}
      />
      of {maxVUs}
      <button type="button" onClick={apply} disabled={wanted === ''}>
        Scale
      </button>
    </label>
  )
}
