/** Names of rows that stay the same from one problem to the next as long as the model does. */
import type { Row } from '../../constraints/problem.ts'

/** By row: equal in two problems for rows that say the same of the same group. Rows of one name are told apart by their order; bonds are numbers of the one problem. */
export function rowKeys(rows: readonly Row[]): readonly string[] {
  const seen = new Map<string, number>()
  return rows.map(({ name, policy }) => {
    const key = `${name.use} ${policy.is} ${JSON.stringify([name.group, name.part])}`
    const nth = seen.get(key) ?? 0
    seen.set(key, nth + 1)
    return nth === 0 ? key : `${key} ${nth}`
  })
}
