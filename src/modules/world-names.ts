/** Globals that are not the thread's but each VU's own; `world.ts` makes them. */

/**
 * Names the compiled script must read from `global`, because each VU has its own. `Math` is among them only for a script that
 * can seed it: reading it directly is faster.
 */
export function worldNames(source: string): readonly string[] {
  return source.includes('randomSeed') ? [...NAMES, 'Math'] : NAMES
}

const NAMES: readonly string[] = [
  '__ENV',
  '__ITER',
  '__VU',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'global',
  'globalThis',
  'open',
  'require',
  'self',
  'setImmediate',
  'setInterval',
  'setTimeout',
]
