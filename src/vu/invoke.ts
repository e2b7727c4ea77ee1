import { PAUSE, type Twin } from './pause.js'
export function* invoke(fn: any, self: unknown, ...args: unknown[]): Twin {
  const t = fn[PAUSE]
  return t ? yield* t.apply(self, args) : fn.apply(self, args)
}
export function runPlain(twin: Twin): unknown {
  const r = twin.next()
  if (!r.done) throw new Error(`${r.value.call} cannot pause here`)
  return r.value
}
