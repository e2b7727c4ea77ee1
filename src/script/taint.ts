/**
 * A graph in which a mark spreads along edges: node A → node B says that a function held by A may also be held by B (or be
 * called by the function B stands for).
 */
export class TaintGraph {
  private readonly edges: number[][] = []
  private marked = new Uint8Array(0)

  node(): number {
    return this.edges.push([]) - 1
  }

  edge(from: number, to: number): void {
    if (from !== to) this.edges[from]!.push(to)
  }

  /** Marks everything that `roots` reach. Edges added later do not count. */
  spread(root: number): void {
    this.marked = new Uint8Array(this.edges.length)
    this.marked[root] = 1
    const queue = [root]
    for (let from = queue.pop(); from !== undefined; from = queue.pop()) {
      for (const to of this.edges[from]!) {
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
