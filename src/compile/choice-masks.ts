/** Which choices a class may end as, one bit each: so that a row of a million classes is looked through without walking their columns. */
import type { LinearForm } from '../../constraints/problem.ts'

const BITS = 32

const known = new WeakMap<Int32Array, Int32Array>()

/** By class, bit k where choice k is among its columns; undefined where there are more choices than bits. */
export function choiceMasks(columnStart: Int32Array, columnChoice: Int32Array, choices: number): Int32Array | undefined {
  if (choices > BITS) return undefined
  const made = known.get(columnChoice)
  if (made?.length === columnStart.length - 1) return made
  const masks = new Int32Array(columnStart.length - 1)
  for (let c = 0; c < masks.length; c++) {
    let mask = 0
    for (let j = columnStart[c]!, end = columnStart[c + 1]!; j < end; j++) mask |= 1 << columnChoice[j]!
    masks[c] = mask
  }
  known.set(columnChoice, masks)
  return masks
}

/** The choices that the form counts, and what it counts each of them as: absent where it counts them differently. */
export function countedChoices(form: Extract<LinearForm, { readonly is: 'product' }>): { readonly mask: number; readonly each?: number } {
  let mask = 0
  let each: number | undefined
  let same = true
  for (const [choice, value] of form.coefficient.entries()) {
    if (value === 0) continue
    mask |= 1 << choice
    same &&= each === undefined || each === value
    each = value
  }
  return { mask, ...(same && each !== undefined && { each }) }
}
