/** Whether the cases of a tree's leaves cover every combination of holding and giving up. */
import type { Case } from '../../model/certificate.ts'

/** True iff every assignment of truth to the mentioned uses agrees with some leaf. Splits on one use at a time, so the work is that of the tree the leaves came from. */
export function casesCover(leaves: readonly (readonly Case[])[]): boolean {
  if (leaves.length === 0) return false
  const first = leaves.find((cases) => cases.length === 0)
  if (first !== undefined) return true
  // The use mentioned most often: in a tree of cases that is its root, which every leaf mentions.
  const mentions = new Map<number, number>()
  for (const cases of leaves) for (const { use } of cases) mentions.set(use, (mentions.get(use) ?? 0) + 1)
  const [pivot] = [...mentions].sort(([a, m], [b, n]) => n - m || a - b)[0]!
  return [true, false].every((holds) =>
    casesCover(
      leaves
        .filter((cases) => cases.every((one) => one.use !== pivot || one.holds === holds))
        .map((cases) => cases.filter(({ use }) => use !== pivot)),
    ),
  )
}
