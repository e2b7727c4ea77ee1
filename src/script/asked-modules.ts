/**
 * Which modules `require` is asked for in a bundle, where the bundler has called it `__require`. All else that was required is in the
 * bundle itself.
 */

/** `__require("node:net")`, a template that begins as no built-in module does, and what else is done with it. */
const USES = /(var |typeof )?\b__require\b(?:\((?:"([^"\\]*)"|`((?!k6)[^`$]{2,})))?/g

/** Undefined when some name is computed. */
export function askedModules(code: string): readonly string[] | undefined {
  const names = new Set<string>()
  for (const [, declaration, name, beginning] of code.matchAll(USES)) {
    if (name !== undefined) names.add(name)
    else if (declaration === undefined && beginning === undefined) return undefined
  }
  return [...names]
}
