/** What the compiled program calls (`$$rt`): looking up global names, and everything about pausing. */
import { PAUSE } from './pause.js'

type View = Record<string, unknown>

export class ScriptRuntime {
  readonly pause = PAUSE

  /** A name that neither the script nor the language declares, when its value is null or undefined, or it does not exist. */
  free(view: View, name: string): unknown {
    return this.existing(view, name)[name]
  }

  existing(view: View, name: string): View {
    if (name in view) return view
    throw new ReferenceError(`${name} is not defined`)
  }

  /** `export * from`: everything that `exports` does not have itself, but no default. */
  reexport(exports: View, namespace: View): View {
    for (const name of Object.keys(namespace)) {
      if (name === 'default' || name in exports) continue
      Object.defineProperty(exports, name, { get: () => namespace[name], enumerable: true })
    }
    return exports
  }
}
