// Why a device does not run what was asked for, as one answer for people and as JSON.
import { costWords, movedWords } from '../explain/cost-words.ts'
import type { Wanted } from '../explain/change-model.ts'
import type { WhyNot } from '../explain/why-not.ts'
import { schemaVersion } from './assignment-json.ts'
import { locationText } from './location-text.ts'
import { alignColumns } from './table.ts'

/** `comfort-edge (inference: cloud)`, `nothing`. */
export function wantedText(wanted: Wanted): string {
  if (wanted.is === 'nothing') return 'nothing'
  const settings = Object.entries(wanted.settings).map(([name, value]) => `${name}: ${value}`)
  return settings.length === 0 ? wanted.variant : `${wanted.variant} (${settings.join(', ')})`
}

/** The answer of `explain --why-not`; ends with a line feed. */
export function whyNotText(device: string, wanted: Wanted, answer: WhyNot): string {
  const what = wantedText(wanted)
  switch (answer.is) {
    case 'has-it':
      return `${device} runs ${what}\n`
    case 'excluded':
      return (
        [
          `${device} cannot run ${what}`,
          '',
          ...alignColumns(
            answer.reasons.map(({ text, at }) => [text, locationText(at)]),
            '  ',
            [0, 1],
          ),
        ].join('\n') + '\n'
      )
    case 'undecided':
      return `${device} may or may not run ${what}: ${answer.why}\n`
    case 'possible': {
      const moved = answer.moved.length === 0 ? '' : `; ${movedWords(answer.moved)}`
      const cost = answer.cost.length === 0 && moved === '' ? ' It would be as good' : ` It would cost ${costWords(answer.cost)}${moved}`
      return `${device} could run ${what}.${cost}\n${provedLine(answer)}\n`
    }
  }
}

function provedLine({ proved, how, checkedBy }: Extract<WhyNot, { readonly is: 'possible' }>): string {
  if (how === 'moves') return 'worked out from the proven answer by the cheapest moves, not solved again'
  if (!proved) return 'not proved: one of the two answers has a gap, so the cost is a guess from the best that was found'
  switch (checkedBy) {
    case 'arithmetic':
    case 'enumeration':
      return 'solved again with it forced, checked independently'
    case 'other-solver':
      return 'solved again with it forced, confirmed by a second solver'
    case 'same-solver':
      return 'solved again with it forced, shown by one solver'
    case 'nobody':
      return 'solved again with it forced, checked by nobody'
  }
}

/** The answer of `explain --why-not --json`. */
export function whyNotJson(device: string, wanted: Wanted, answer: WhyNot): object {
  const { is, ...rest } = answer
  return {
    schemaVersion,
    device,
    wanted: wanted.is === 'nothing' ? null : { variant: wanted.variant, settings: wanted.settings },
    answer: is,
    ...rest,
  }
}
