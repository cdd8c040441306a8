/** A binary heap of (key, node) that grows; equal keys come out by node, so that runs repeat exactly. */
export interface NodeHeap {
  size: number
  keys: Float64Array
  nodes: Int32Array
}

export function nodeHeap(): NodeHeap {
  return { size: 0, keys: new Float64Array(64), nodes: new Int32Array(64) }
}

function before(key: number, node: number, otherKey: number, otherNode: number): boolean {
  return key < otherKey || (key === otherKey && node < otherNode)
}

export function pushNode(heap: NodeHeap, key: number, node: number): void {
  if (heap.size === heap.nodes.length) {
    const keys = new Float64Array(heap.size * 2)
    keys.set(heap.keys)
    const nodes = new Int32Array(heap.size * 2)
    nodes.set(heap.nodes)
    heap.keys = keys
    heap.nodes = nodes
  }
  const { keys, nodes } = heap
  let i = heap.size++
  while (i > 0) {
    const up = (i - 1) >> 1
    if (!before(key, node, keys[up]!, nodes[up]!)) break
    keys[i] = keys[up]!
    nodes[i] = nodes[up]!
    i = up
  }
  keys[i] = key
  nodes[i] = node
}

/** Takes the node with the least key. The heap must not be empty. */
export function popNode(heap: NodeHeap): number {
  const { keys, nodes } = heap
  const top = nodes[0]!
  const size = --heap.size
  const key = keys[size]!
  const node = nodes[size]!
  let i = 0
  for (;;) {
    let down = 2 * i + 1
    if (down >= size) break
    if (down + 1 < size && before(keys[down + 1]!, nodes[down + 1]!, keys[down]!, nodes[down]!)) down++
    if (!before(keys[down]!, nodes[down]!, key, node)) break
    keys[i] = keys[down]!
    nodes[i] = nodes[down]!
    i = down
  }
  keys[i] = key
  nodes[i] = node
  return top
}
