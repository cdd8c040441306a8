// Two texts as a unified diff: only lines that differ, with three lines around them.
const CONTEXT = 3
/** Lines that are compared one with each other; beyond, the whole middle counts as changed. */
const MOST_COMPARED = 4_000_000

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** Empty where nothing differs; ends with a line feed. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return ''
  const lines = linesOf(before.split('\n'), after.split('\n'))
  const changed = lines.flatMap(({ sign }, at) => (sign === ' ' ? [] : [at]))
  const hunks: { from: number; to: number }[] = []
  for (const at of changed) {
    const last = hunks.at(-1)
    if (last !== undefined && at - last.to <= 2 * CONTEXT) last.to = at
    else hunks.push({ from: at, to: at })
  }
  const text = [`--- ${name}`, `+++ ${name}`]
  for (const { from, to } of hunks) {
    const [start, end] = [Math.max(0, from - CONTEXT), Math.min(lines.length, to + CONTEXT + 1)]
    const shown = lines.slice(start, end)
    const counted = (sign: '-' | '+', list: readonly Line[]): number =>
      list.filter((line) => line.sign === ' ' || line.sign === sign).length
    const [old, fresh] = [counted('-', lines.slice(0, start)) + 1, counted('+', lines.slice(0, start)) + 1]
    text.push(
      `@@ -${old},${counted('-', shown)} +${fresh},${counted('+', shown)} @@`,
      ...shown.map(({ sign, text: line }) => `${sign}${line}`),
    )
  }
  return `${text.join('\n')}\n`
}

function linesOf(before: readonly string[], after: readonly string[]): readonly Line[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const same = (line: string): Line => ({ sign: ' ', text: line })
  const middle = compared(before.slice(head, before.length - tail), after.slice(head, after.length - tail))
  return [...before.slice(0, head).map(same), ...middle, ...before.slice(before.length - tail).map(same)]
}

/** The longest common sequence stays. */
function compared(before: readonly string[], after: readonly string[]): readonly Line[] {
  const gone = before.map((text): Line => ({ sign: '-', text }))
  const come = after.map((text): Line => ({ sign: '+', text }))
  if (before.length * after.length > MOST_COMPARED) return [...gone, ...come]
  const width = after.length + 1
  const longest = new Int32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      longest[i * width + j] =
        before[i] === after[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!)
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ sign: ' ', text: before[i]! })
      i++
      j++
    } else if (j >= after.length || (i < before.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!))
      lines.push(gone[i++]!)
    else lines.push(come[j++]!)
  }
  return lines
}
