/**
 * RPM's order of versions, from the text of rpm-version(7): `[epoch:]version[-release]`; a missing epoch is 0, releases count only where both have one.
 * Texts are cut into segments of digits and of letters, other characters only part them. A `~` sorts before everything, a `^` before everything but the end;
 * numbers are newer than letters, numbers compare as numbers, letters as ASCII; with all segments equal, who has more of them is newer.
 */

export function isRpmVersion(text: string): boolean {
  return /^(?:\d{1,9}:)?[A-Za-z0-9._+~^]+(?:-[A-Za-z0-9._+~^]+)?$/.test(text) && /[A-Za-z0-9]/.test(text)
}

/** Negative, zero or positive. INVARIANT: both are versions. */
export function compareRpm(a: string, b: string): number {
  const [first, second] = [split(a), split(b)]
  const difference = first.epoch - second.epoch || compareSegments(first.version, second.version)
  if (difference !== 0 || first.release === undefined || second.release === undefined) return difference
  return compareSegments(first.release, second.release)
}

function split(text: string): { readonly epoch: number; readonly version: string; readonly release: string | undefined } {
  const [, epoch = '0', version = '', release] = /^(?:(\d+):)?([^-]*)(?:-(.*))?$/.exec(text) ?? []
  return { epoch: Number(epoch), version, release }
}

function compareSegments(a: string, b: string): number {
  const [x, y] = [segments(a), segments(b)]
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = compareOne(x[i], y[i])
    if (difference !== 0) return difference
  }
  return 0
}

function compareOne(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === '~' || b === '~') return a === '~' ? -1 : 1
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1
  if (a === '^' || b === '^') return a === '^' ? -1 : 1
  const [digits, others] = [/^\d/.test(a), /^\d/.test(b)]
  if (digits !== others) return digits ? 1 : -1
  if (!digits) return a < b ? -1 : 1
  const [m, n] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  if (m.length !== n.length) return m.length - n.length
  return m === n ? 0 : m < n ? -1 : 1
}

function segments(text: string): readonly string[] {
  return text.match(/\d+|[A-Za-z]+|~|\^/g) ?? []
}
