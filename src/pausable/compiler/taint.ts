/**
 * A graph in which a mark spreads along edges: node A → node B says that a function held by A may also be held by B (or be
 * called by the function B stands for).
 *
 * Shape   edges are linked lists in flat arrays: `heads[node]` is a node's last edge, `nexts[edge]` the one before it, -1 the end.
 *         A large bundle has hundreds of thousands of nodes, most with one edge.
 */
export class TaintGraph {
  private readonly heads: number[] = []
  private readonly targets: number[] = []
  private readonly nexts: number[] = []
  private marked = new Uint8Array(0)

  node(): number {
    return this.heads.push(-1) - 1
  }

  edge(from: number, to: number): void {
    if (from === to) return
    this.nexts.push(this.heads[from]!)
    this.heads[from] = this.targets.push(to) - 1
  }

  /** Marks everything that `root` reaches. Edges added later do not count. */
  spread(root: number): void {
    this.marked = new Uint8Array(this.heads.length)
    this.marked[root] = 1
    const queue = [root]
    for (let from = queue.pop(); from !== undefined; from = queue.pop()) {
      for (let edge = this.heads[from]!; edge >= 0; edge = this.nexts[edge]!) {
        const to = this.targets[edge]!
        if (this.marked[to] === 1) continue
        this.marked[to] = 1
        queue.push(to)
      }
    }
  }

  has(node: number): boolean {
    return this.marked[node] === 1
  }
}
