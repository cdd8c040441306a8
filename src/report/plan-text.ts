// A plan as text for people: the waves, what is proved of the way, how long it takes; or what prevents it, and what would help.
import type { PlanHead } from '../model/plan.ts'
import type { Fraction, Wave } from '../model/wave.ts'
import type { PlanOutcome, PlanReason } from '../plan/question.ts'
import { placeText } from './trace-rows.ts'
import { counted, duration, grouped } from './numbers.ts'
import { paint, type Paint } from './paint.ts'
import { alignColumns } from './table.ts'

const MOST_REASONS = 5

/** The whole report; ends with a line feed. */
export function planText(outcome: PlanOutcome, options: { readonly colour: boolean }): string {
  const ink = paint(options.colour)
  switch (outcome.is) {
    case 'planned': {
      const { head } = outcome.plan
      const declared = outcome.declared
      return lines([
        ...headText(head),
        ...(declared === undefined
          ? []
          : [
              '',
              `${ink.yellow('as declared')} the waves would pass through what must not be; ${counted(outcome.later, 'device')} ${outcome.later === 1 ? 'goes' : 'go'} later`,
              ...reasonLines(declared.reasons, ink),
            ]),
      ])
    }
    case 'impossible':
      return lines([
        `${ink.red('impossible')}: no plan is safe`,
        ...reasonLines(outcome.reasons, ink),
        ...(outcome.repairs.length > 0
          ? ['smallest repairs', ...outcome.repairs.map(({ text }, at) => `  ${at === 0 ? '' : 'or '}${text}`)]
          : []),
      ])
    case 'undecided':
      return lines([`${ink.yellow('undecided')}: no plan was proved safe`, ...reasonLines(outcome.reasons, ink)])
  }
}

/** The plan itself, as `plan` and `release show` print it. */
export function headText(head: Omit<PlanHead, 'changesSha256'>): readonly string[] {
  if (head.changes === 0) return [`nothing to change: all ${counted(head.devices, 'device')} run what they should`]
  const rows = head.waves.map((wave, at) => [
    wave.name,
    grouped(wave.devices),
    grouped(wave.steps),
    gateText(wave),
    ...paceText(wave, head, at),
  ])
  return [
    `${counted(head.changes, 'change')} among ${counted(head.devices, 'device')} in ${counted(head.waves.length, 'wave')}`,
    '',
    ...alignColumns([['wave', 'devices', 'steps', 'gate', 'at best', 'soak'], ...rows], '  ', [0, 3, 4, 5]),
    '',
    ...proofLines(head).map((line) => `  ${line}`),
    `  at best ${duration(head.estimate.total)}: ${head.estimate.from.join(', ')}`,
  ]
}

function gateText({ gate, manual }: Wave): string {
  const share = shareText(gate.success)
  return `${manual ? 'started by hand, ' : ''}${share} verified${gate.sample === 0 ? '' : ` of at least ${grouped(gate.sample)}`}`
}

function shareText({ text, numerator, denominator }: Fraction): string {
  return numerator === denominator ? 'all' : text
}

function paceText(wave: Wave, { estimate }: Pick<PlanHead, 'estimate'>, at: number): readonly [string, string] {
  const { sending, steps } = estimate.waves[at]!
  return [duration(sending + steps), wave.soak === 0 ? '' : duration(wave.soak)]
}

function proofLines({ safety, budgets }: Pick<PlanHead, 'safety' | 'budgets'>): readonly string[] {
  const { during, compositions, keptApart, standing } = safety
  const meet = compositions.filter(({ variants }) => variants.length > 1).length
  const apart = keptApart.map(
    ({ variants, places, place }) =>
      `${variants.join(' + ')} never meet: whoever leaves is verified before the other comes, at ${counted(places, 'place')}, such as ${placeName(place)}`,
  )
  return [
    ...(meet + keptApart.length === 0
      ? []
      : [
          `every mixed state proved conflict-free: ${counted(meet, 'set')} of variants may meet, ${keptApart.length} ${keptApart.length === 1 ? 'is' : 'are'} kept apart`,
        ]),
    ...apart,
    ...standing.map(
      ({ variants, places, place }) =>
        `${variants.join(' + ')} stand together today already at ${counted(places, 'place')}, such as ${placeName(place)}: this plan only ends it`,
    ),
    ...during.map(
      ({ says, by, ordered }) =>
        `${says}: holds all the time by ${by}${ordered === 0 ? '' : ` (${counted(ordered, 'group')} in an order)`}`,
    ),
    ...budgets.map(
      ({ name, groups }) =>
        `at most ${range(groups.map(({ most }) => most))} at once under way by \`${name}\`, in ${counted(groups.length, 'group')}`,
    ),
    ...safety.assumptions.slice(3),
  ]
}

function placeName(place: string): string {
  return place === '' ? 'the fleet' : `\`${place}\``
}

function range(numbers: readonly number[]): string {
  const [least, most] = [numbers.reduce((a, b) => Math.min(a, b), Infinity), numbers.reduce((a, b) => Math.max(a, b), 0)]
  return least === most ? grouped(most) : `${grouped(least)} to ${grouped(most)}`
}

function reasonLines(reasons: readonly PlanReason[], ink: Paint): readonly string[] {
  const shown = reasons
    .slice(0, MOST_REASONS)
    .flatMap(({ text, trace, at }) => [
      `  ${at === undefined ? '' : `${ink.dim(placeText(at))}  `}${text}`,
      ...trace.map((line) => `      ${line}`),
    ])
  return reasons.length > MOST_REASONS ? [...shown, `  and ${counted(reasons.length - MOST_REASONS, 'more reason')}`] : shown
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
