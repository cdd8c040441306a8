/**
 * Sets of choices of two devices that clash as a whole: every choice of `one` clashes with every choice of `other`, and neither set can grow. The rows "the
 * first device is in `one` or the second in `other`, not both" hold for whole numbers iff no two choices clash. Where choices are steps in an order and what
 * fits a step is an interval that moves with it, they are also as tight as rows can be: the linear program over any mesh of such links has whole vertices
 * (differences of "at least step k", a totally unimodular system; Ishikawa 2003).
 */

export interface Clash {
  /** Indices of the first device's choices, ascending. */
  readonly one: readonly number[]
  readonly other: readonly number[]
}

// With more sets than this only those of single choices are listed, which say the same, but less tightly.
const MOST = 48

/** `clash[a][b]`: whether choice a of the first device clashes with choice b of the second. Sets that two others imply are left out. */
export function largestClashes(clash: readonly (readonly boolean[])[]): readonly Clash[] {
  const own = clash.map((row) => bits(row)).filter((set) => set !== 0n)
  let sets = new Set(own)
  for (const set of own) {
    if (sets.size > MOST) break
    for (const other of [...sets]) if ((set & other) !== 0n) sets.add(set & other)
  }
  if (sets.size > MOST) sets = new Set(own)
  const found = [...sets].map((other) => ({ other, one: bits(clash.map((row) => (bits(row) & other) === other)) }))
  return withoutImplied(found, (1n << BigInt(clash.length)) - 1n)
    .map(({ one, other }) => ({ one: indices(one), other: indices(other) }))
    .sort((a, b) => compare(a.one, b.one) || compare(a.other, b.other))
}

interface Sets {
  readonly one: bigint
  readonly other: bigint
}

/** Of two rows whose first sets hold every choice, the sum says the first device is in both sets or the second in either: a row that says no more is left out. */
function withoutImplied(all: readonly Sets[], every: bigint): readonly Sets[] {
  let left = all
  for (const { one, other } of all) {
    const rest = left.filter((row) => row.one !== one || row.other !== other)
    const implied = rest.some((a) =>
      rest.some((b) => (a.one | b.one) === every && (a.one & b.one & one) === one && ((a.other | b.other) & other) === other),
    )
    if (implied) left = rest
  }
  return left
}

function bits(row: readonly boolean[]): bigint {
  return row.reduce((set, yes, index) => (yes ? set | (1n << BigInt(index)) : set), 0n)
}

function indices(set: bigint): readonly number[] {
  const found: number[] = []
  for (let index = 0; set >> BigInt(index) > 0n; index++) if (((set >> BigInt(index)) & 1n) === 1n) found.push(index)
  return found
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
