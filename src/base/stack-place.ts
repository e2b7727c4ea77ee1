const FRAME_IN_FILE = /^\s*(?:at )?(?:async )?(?:.* \()?([^()\n]+:\d+:\d+)\)?$/gm

/**
 * Where the innermost frame of the user's own files stands, `file:line:column`; the innermost of a package when there is no other.
 * Empty when no frame has a position.
 */
export function placeInStack(stack: string): string {
  const places = Array.from(stack.matchAll(FRAME_IN_FILE), ([, place]) => place as string)
  return places.find((place) => !/(^|\/)node_modules\//.test(place)) ?? places[0] ?? ''
}
