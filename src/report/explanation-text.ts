// Why one device got what it got, as text for people and as JSON.
import { choiceWords, costWords, movedWords } from '../explain/cost-words.ts'
import type { Explanation, VariantExplanation } from '../explain/explain-device.ts'
import type { LevelCost, WhyNot } from '../explain/why-not.ts'
import type { Repair } from '../model/assignment.ts'
import { schemaVersion } from './assignment-json.ts'
import { locationText } from './location-text.ts'
import { grouped } from './numbers.ts'
import { alignColumns } from './table.ts'

/** `prefers`: some variant has a preference for the device, else there is nothing to compare. */
function rows(variant: VariantExplanation, prefers: boolean): string[][] {
  const worth = [
    ...(prefers && variant.preference !== undefined ? [`preference ${grouped(variant.preference)}`] : []),
    ...(variant.changes === undefined ? [] : [variant.changes ? 'a change' : 'no change']),
  ].join(', ')
  switch (variant.status) {
    case 'runs':
      return [[variant.variant, `runs it${worth === '' ? '' : `; ${worth}`}`, '']]
    case 'possible':
      return [[variant.variant, `${insteadText(variant.instead)}${worth === '' ? '' : `; ${worth}`}`, '']]
    case 'excluded':
      return [
        ...variant.reasons.map((reason, index) => [index === 0 ? variant.variant : '', reason.text, locationText(reason.at)]),
        ...(variant.instead?.is === 'possible' ? [['', `forced all the same: ${insteadText(variant.instead)}`, '']] : []),
      ]
  }
}

function insteadText(instead: WhyNot | undefined): string {
  switch (instead?.is) {
    case 'possible': {
      const moved = instead.moved.length === 0 ? '' : `; ${movedWords(instead.moved, 1)}`
      if (instead.cost.length === 0) return `as good${moved}`
      return `costs ${costWords(instead.cost)}${instead.proved ? '' : ' (not proved)'}${moved}`
    }
    case 'excluded':
      return `impossible: ${instead.reasons.map(({ text }) => text).join('; ')}`
    case 'undecided':
    case 'has-it':
    case undefined:
      return 'possible, but no better for the whole'
  }
}

/** What tipped the scales: nothing else was possible, or the first level at which the next best is worse. */
function decided({ variants, nothing, chosen }: Explanation): readonly string[] {
  const forced = [
    ...variants.flatMap(({ variant, instead }) => (instead === undefined ? [] : [{ name: variant, instead }])),
    ...(nothing === undefined ? [] : [{ name: 'nothing', instead: nothing }]),
  ]
  if (forced.length === 0 || chosen.outcome !== 'variant') return []
  const others = forced.flatMap(({ name, instead }) =>
    instead.is === 'possible' ? [{ name, cost: instead.cost, moved: instead.moved }] : [],
  )
  if (others.length === 0) return [`decided by requirements and constraints: ${chosen.variant!} is all that it can run`]
  const next = others.reduce((a, b) => (worse(a.cost, b.cost) ? b : a))
  const level = next.cost[0]
  if (level === undefined) return [`${next.name} would be as good for the whole; ties go to what comes first`]
  return [`decided by ${level.name}: the next best is ${next.name}, which costs ${costWords(next.cost)}`]
}

function worse(a: readonly LevelCost[], b: readonly LevelCost[]): boolean {
  const at = a.findIndex(({ name, worse: amount }, i) => b[i]?.name !== name || b[i].worse !== amount)
  if (at === -1) return false
  const [own, other] = [a[at]!, b[at]]
  if (other === undefined) return own.worse > 0
  if (own.name === other.name) return own.worse > other.worse
  // Levels are in order of weight: whichever differs at an earlier one is decided there, which the shorter list does not show.
  return own.level < other.level ? own.worse > 0 : other.worse < 0
}

/** The answer of `explain`; ends with a line feed. */
export function explanationText(explanation: Explanation): string {
  const { device, chosen, before, left, variants } = explanation
  const was = before === 'unknown' ? 'something that the model does not know' : choiceWords(before)
  const head =
    chosen.outcome === 'unmanaged' ? `${device} is left alone and keeps ${choiceWords(chosen)}` : `${device} runs ${choiceWords(chosen)}`
  const lines = [
    chosen.outcome === 'unmanaged' || (before !== 'unknown' && before.id === chosen.id) ? head : `${head}; today it runs ${was}`,
  ]
  const prefers = variants.some(({ preference = 0 }) => preference !== 0)
  if (!left)
    lines.push(
      '',
      ...alignColumns(
        variants.flatMap((variant) => rows(variant, prefers)),
        '  ',
        [0, 1, 2],
      ),
    )
  const why = decided(explanation)
  if (why.length > 0) lines.push('', ...why.map((line) => `  ${line}`))
  const { repairs = [] } = explanation
  if (repairs.length > 0)
    lines.push('', '  smallest repairs', ...repairs.map(({ text }, i) => `    ${i === 0 ? '' : 'or '}${text}`), ...tryLines(repairs))
  return lines.join('\n') + '\n'
}

/** How the first repair is tried without writing it. */
function tryLines([first]: readonly Repair[]): readonly string[] {
  const edits = first?.edits ?? []
  return edits.length === 0 ? [] : [`  try it   ${edits.map((edit) => `--what-if '${edit.replaceAll("'", String.raw`'\''`)}'`).join(' ')}`]
}

export function explanationJson(explanation: Explanation): object {
  return { schemaVersion, ...explanation }
}
