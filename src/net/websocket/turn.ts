/**
 * Which turn of the event loop this is, for those who ration what they do in one. The loop may hand a socket many chunks in a row
 * before it looks at the next socket, so a flood on one connection would starve the others.
 */
let turn = 0
let armed = false

/** Costs a Node immediate per turn in which it is called; none otherwise. */
export function currentTurn(): number {
  if (!armed) {
    armed = true
    setImmediate(nextTurn)
  }
  return turn
}

function nextTurn(): void {
  armed = false
  turn++
}
