// Why one device got what it got, as text for people and as JSON.
import type { Location } from '../diagnostics/diagnostic.ts'
import type { Explanation, VariantExplanation } from '../explain/explain-device.ts'
import type { Choice } from '../model/outcome.ts'
import { schemaVersion } from './assignment-json.ts'
import { grouped } from './numbers.ts'
import { alignColumns } from './table.ts'

/** `runs comfort-edge (inference: edge)`. */
function choiceText(choice: Choice): string {
  switch (choice.outcome) {
    case 'none':
      return 'nothing'
    case 'unmanaged':
      return 'what it runs outside the model'
    case 'variant': {
      const settings = Object.entries(choice.settings).map(([name, value]) => `${name}: ${value}`)
      return settings.length === 0 ? choice.variant! : `${choice.variant!} (${settings.join(', ')})`
    }
  }
}

function place(at: Location | undefined): string {
  if (at?.range === undefined) return at?.source ?? ''
  return `${at.source}:${at.range.start.line}:${at.range.start.column}`
}

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
      return [[variant.variant, `possible, but no better for the whole${worth === '' ? '' : `; ${worth}`}`, '']]
    case 'excluded':
      return variant.reasons.map((reason, index) => [index === 0 ? variant.variant : '', reason.text, place(reason.at)])
  }
}

/** The answer of `explain`; ends with a line feed. */
export function explanationText(explanation: Explanation): string {
  const { device, chosen, before, left, variants } = explanation
  const was = before === 'unknown' ? 'something that the model does not know' : choiceText(before)
  const head =
    chosen.outcome === 'unmanaged' ? `${device} is left alone and keeps ${choiceText(chosen)}` : `${device} runs ${choiceText(chosen)}`
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
  return lines.join('\n') + '\n'
}

export function explanationJson(explanation: Explanation): object {
  return { schemaVersion, ...explanation }
}
