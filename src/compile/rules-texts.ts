/** Cuts all texts into cells by the constants, beginnings, ends and parts that they are tested for. */
import type { Cell, Draft } from './rules-formula.ts'
import { tellingTexts } from './rules-languages.ts'

/** More subsets of parts than 2 to this power, or more cells, are not enumerated. */
const MOST_PARTS = 5
const MOST_CELLS = 3_000
/** For all tests of a name together; and for one pattern alone, where that is too much. */
const ALL_TESTS = { texts: MOST_CELLS, states: 20_000, steps: 40_000_000 }
const ONE_PATTERN = { texts: 4, states: 500, steps: 200_000 }
const SEPARATORS = ['~', '#', '|', '\u00b7', '\ue000']

/**
 * A text that is no constant answers tests by its longest known beginning, its longest known end, and the parts in it: a text put together from these, parted by
 * a character that no constant holds, answers them equally. Patterns, and more parts, are told apart by automata. Where texts are also ordered, their intervals are cells. Where they are ordered and tested for ends
 * or parts, or tested otherwise, a cell `other` stands for what may be missed.
 */
export function textCells(draft: Draft, fresh: number): readonly Cell[] {
  // In an order, a beginning is an interval, and its bounds are constants like others.
  const bounds = draft.ordered ? [...draft.prefixes].flatMap((text) => [text, ...pastPrefix(text)]) : []
  const constants = [...new Set([...draft.texts, ...bounds])].sort()
  const separator = SEPARATORS.find((candidate) =>
    [draft.texts, draft.prefixes, draft.suffixes, draft.parts].every((texts) => [...texts].every((text) => !text.includes(candidate))),
  )
  const prefixes = ['', ...(draft.ordered ? [] : [...draft.prefixes].filter((text) => text !== '').sort())]
  const suffixes = ['', ...[...draft.suffixes].filter((text) => text !== '').sort()]
  const parts = [...draft.parts].filter((text) => text !== '').sort()
  const tested = prefixes.length + suffixes.length + parts.length > 2 || draft.patterns.size > 0
  const few = parts.length <= MOST_PARTS && prefixes.length * suffixes.length * 2 ** parts.length * fresh <= MOST_CELLS
  const simple = !tested || (few && separator !== undefined && draft.patterns.size === 0)
  if (!simple && !draft.opaque && !draft.ordered && fresh === 1) {
    const telling = tellingTexts(draft, ALL_TESTS)
    if (telling !== undefined) return telling.map((value) => ({ value }))
  }
  const values = new Set(constants)
  for (const pattern of [...draft.patterns].sort())
    for (const text of tellingTexts({ ...NOTHING, patterns: new Set([pattern]) }, ONE_PATTERN) ?? []) values.add(text)
  if (draft.ordered) for (const text of betweenConstants(constants, fresh)) values.add(text)
  const free = separator ?? SEPARATORS[0]!
  if (!tested) for (const text of unnamed(constants, fresh)) values.add(text)
  else
    for (const prefix of prefixes) {
      for (const suffix of suffixes) {
        for (const chosen of few ? subsets(parts) : [[], ...parts.map((part) => [part])]) {
          for (let k = 0; k < fresh; k++) {
            if (values.size > MOST_CELLS + constants.length) break
            values.add(prefix + [free + (k === 0 ? '' : String(k)), ...chosen.map((part) => part + free)].join('') + suffix)
          }
        }
      }
    }
  const cells: Cell[] = [...values].map((value) => ({ value }))
  const inexact = draft.opaque || (tested && (draft.ordered || !simple))
  return inexact ? [...cells, { value: undefined, other: true }] : cells
}

const NOTHING = { texts: new Set<string>(), prefixes: new Set<string>(), suffixes: new Set<string>(), parts: new Set<string>() }

/** The first text, in the order of UTF-16 units, behind all that begin so. */
function pastPrefix(text: string): readonly string[] {
  const last = text.charCodeAt(text.length - 1)
  if (text === '') return []
  return last === 0xffff ? pastPrefix(text.slice(0, -1)) : [text.slice(0, -1) + String.fromCharCode(last + 1)]
}

/** Texts that are no constants. */
function unnamed(constants: readonly string[], count: number): readonly string[] {
  const known = new Set(constants)
  const found: string[] = []
  for (let k = 1; found.length < count; k++) {
    const text = k === 1 ? 'other' : `other-${k}`
    if (!known.has(text)) found.push(text)
  }
  return found
}

/** In every gap between sorted constants as many texts as there are, up to `count`. */
function betweenConstants(constants: readonly string[], count: number): readonly string[] {
  const found: string[] = []
  constants.forEach((text, index) => {
    const next = constants[index + 1]
    // The next text after `t` is `t` with U+0000 behind it: where not even that fits, the gap is empty.
    for (const tail of ['!', '\u0000']) {
      const candidates = Array.from({ length: count }, (_, k) => text + tail.repeat(k + 1)).filter(
        (one) => next === undefined || one < next,
      )
      found.push(...candidates)
      if (candidates.length === count) break
    }
  })
  const first = constants[0]
  if (first !== undefined && first !== '') {
    found.push('')
    for (let k = 1; k < count; k++) if ('\u0000'.repeat(k) < first) found.push('\u0000'.repeat(k))
  }
  return found
}

function subsets(parts: readonly string[]): readonly (readonly string[])[] {
  return parts.reduce<readonly (readonly string[])[]>((all, part) => [...all, ...all.map((chosen) => [...chosen, part])], [[]])
}
