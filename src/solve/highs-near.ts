/** Whole values near a node's, or near what is known: HiGHS's own branch and bound where little may move. A lower bound that is reached needs no tree but a point. */
import { EPSILON, setLimits, type Node, type Tree } from './highs-node.ts'

// Searches near a node's values, per level and per lower bound, and the nodes that HiGHS may look at in one.
export const SEARCHES = 6
export const PARTS = [0, 0.4]
const NEAR_NODES = 40
// Rows of more columns couple too much to tell who is near.
const NARROW = 64
// Known values tell what may move where no larger part of the classes differs from them.
const ALIKE = 0.25

/** Whole values where only classes move that are not whole at the node, near one that is not, cheap to move, or not as in values that are known. */
export const searchNear = (
  tree: Tree,
  node: Node,
  known: ArrayLike<number> | undefined,
  target: number,
  part: number,
): Float64Array | undefined => {
  const at = node.near!
  const differs = (other: (j: number) => boolean): Uint8Array => {
    const found = new Uint8Array(tree.task.columnStart.length - 1)
    tree.classOf.forEach((c, j) => other(j) && (found[c] = 1))
    return found
  }
  const free = nearby(
    tree,
    differs((j) => Math.abs(at[j]! - Math.round(at[j]!)) > EPSILON),
  )
  const others = differs((j) => known !== undefined && Math.abs(at[j]! - known[j]!) > EPSILON)
  const count = others.reduce((sum, one) => sum + one, 0)
  if (count <= ALIKE * others.length) others.forEach((one, c) => one === 1 && (free[c] = 1))
  const { columnStart } = tree.task
  const dear = Float64Array.from(free, (_, c) => {
    const own = node.reduced!.slice(columnStart[c], columnStart[c + 1]).sort()
    return own.length < 2 ? Infinity : own[1]!
  })
  const limit = dear.slice().sort()[Math.floor(part * dear.length)]!
  dear.forEach((cost, c) => cost <= limit && part > 0 && (free[c] = 1))
  return searchWithin(tree, at, free, target)
}

/** The hint where it holds, and the best near what it leaves open. */
export const mended = (tree: Tree, target: number): Float64Array | undefined => {
  const { hint } = tree.task
  if (hint === undefined) return undefined
  const open = new Uint8Array(tree.task.columnStart.length - 1)
  tree.classOf.forEach((c, j) => Number.isNaN(hint[j]) && (open[c] = 1))
  return searchWithin(tree, hint, nearby(tree, nearby(tree, open)), target)
}

/** The classes, and those that share a narrow row with one of them. */
const nearby = ({ task: { program }, classOf }: Tree, classes: Uint8Array): Uint8Array => {
  const { starts, indices } = program
  const found = classes.slice()
  // The rows of the classes stand first.
  for (let row = classes.length; row + 1 < starts.length; row++) {
    const own = indices.subarray(starts[row], starts[row + 1])
    if (own.length > NARROW || !own.some((j) => j < classOf.length && classes[classOf[j]!] === 1)) continue
    for (const j of own) if (j < classOf.length) found[classOf[j]!] = 1
  }
  return found
}

/** HiGHS's own branch and bound where all classes but the free ones stay as they are at the values: what it finds within few nodes. */
const searchWithin = (tree: Tree, at: Float64Array, free: Uint8Array, target: number): Float64Array | undefined => {
  const { highs, model, task, classOf } = tree
  const { program } = task
  setLimits(tree, [])
  const every = { kind: 'range', from: 0, to: program.integer.length - 1 } as const
  const [lower, upper] = [program.columnLower.slice(), program.columnUpper.slice()]
  classOf.forEach((c, j) => {
    if (free[c] === 0) lower[j] = upper[j] = Math.round(at[j]!)
  })
  model.changeColsBounds(every, lower, upper)
  model.changeColsIntegrality(every, program.integer)
  model.options.set({ mip_max_nodes: NEAR_NODES, objective_target: target + EPSILON })
  delete tree.last
  try {
    model.run()
    if (Number(model.info.get('primal_solution_status')) !== highs.constants.solutionStatus.feasible) return undefined
    return model.getSolution().colValue.map((value, j) => (program.integer[j] === 1 ? Math.round(value) : value))
  } finally {
    model.clearIntegrality()
    model.changeColsBounds(every, program.columnLower, program.columnUpper)
  }
}
