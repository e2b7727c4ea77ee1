const FRAME_IN_FILE = /^\s*(?:at )?(?:async )?(?:.* \()?([^()\n]+:\d+:\d+)\)?$/m

/** Where the innermost frame that has a position stands, `file:line:column`; empty without such a frame. */
export function placeInStack(stack: string): string {
  return FRAME_IN_FILE.exec(stack)?.[1] ?? ''
}
