/**
 * Debian's order of versions, from the text of Debian Policy, section 5.6.12: `[epoch:]upstream_version[-debian_revision]`.
 * Epochs compare as numbers; then the upstream versions, then the revisions, from left to right: first the longest part without digits, letter by letter,
 * where letters sort before everything else, and `~` before even the end of a part; then the longest part of digits, as a number, where none is zero.
 */

/** Whether the text is a version that the policy allows (an upstream version begins with a digit). */
export function isDebianVersion(text: string): boolean {
  return /^(?:\d{1,9}:\d[A-Za-z0-9.+~:-]*|\d[A-Za-z0-9.+~-]*)$/.test(text) && !text.endsWith('-')
}

/** Negative, zero or positive. INVARIANT: both are versions. */
export function compareDebian(a: string, b: string): number {
  const [first, second] = [split(a), split(b)]
  return first.epoch - second.epoch || compareParts(first.upstream, second.upstream) || compareParts(first.revision, second.revision)
}

function split(text: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const colon = text.indexOf(':')
  const rest = text.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? 0 : Number(text.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    // The absence of a revision is equal to the revision 0.
    revision: dash < 0 ? '0' : rest.slice(dash + 1),
  }
}

function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i]!)) || (j < b.length && !isDigit(b[j]!))) {
      const difference = weight(a[i]) - weight(b[j])
      if (difference !== 0) return difference
      i += 1
      j += 1
    }
    const [x, y] = [digitsAt(a, i), digitsAt(b, j)]
    i += x.length
    j += y.length
    const [m, n] = [x.replace(/^0+/, ''), y.replace(/^0+/, '')]
    if (m.length !== n.length) return m.length - n.length
    if (m !== n) return m < n ? -1 : 1
  }
  return 0
}

/** `~` before the end, the end and digits before letters, letters before the rest. */
function weight(character: string | undefined): number {
  if (character === undefined || isDigit(character)) return 0
  if (character === '~') return -1
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256
}

function digitsAt(text: string, at: number): string {
  let end = at
  while (end < text.length && isDigit(text[end]!)) end += 1
  return text.slice(at, end)
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9'
}
