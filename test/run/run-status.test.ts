import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RunPhase, RunStatus } from '../../src/run/run-status.js'

const NEVER = new Promise<void>(() => {})

describe('status of a run', () => {
  it('lets a run pass that is not paused', async () => {
    const status = new RunStatus()
    await status.waitAtGate(NEVER)
    assert.equal(status.phase, RunPhase.created)
  })

  it('remembers a release that comes before anyone waits', async () => {
    const status = new RunStatus()
    status.pause()
    status.release()
    await status.waitAtGate(NEVER)
    assert.equal(status.isPaused, false)
  })

  it('holds a paused run until it is released, which starts it', async () => {
    const status = new RunStatus()
    status.pause()
    status.enter(RunPhase.initialised)
    const waiting = status.waitAtGate(NEVER)
    assert.equal(status.phase, RunPhase.paused)
    assert.equal(status.hasStarted, false)
    status.release()
    await waiting
    assert.equal(status.phase, RunPhase.started)
    assert.equal(status.hasStarted, true)
  })

  it('lets go of a paused run that is abandoned', async () => {
    const status = new RunStatus()
    status.pause()
    await status.waitAtGate(Promise.resolve())
    assert.equal(status.hasStarted, false)
  })

  it('keeps the phase that it ended with', async () => {
    const status = new RunStatus()
    status.pause()
    status.end(RunPhase.interrupted)
    status.enter(RunPhase.teardown)
    assert.equal(status.phase, RunPhase.interrupted)
    assert.equal(status.isPaused, false)
    await status.initialised
  })
})
