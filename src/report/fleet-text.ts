// What stands together at the places of a fleet, as text and JSON: what fights first, with the run that shows it at one named place.
import type { FleetCheck } from '../engine-fleet.ts'
import { schemaVersion } from './assignment-json.ts'
import type { TraceLine } from '../model/conflict.ts'
import { counted, grouped } from './numbers.ts'
import { alignColumns } from './table.ts'
import { traceRows } from './trace-rows.ts'

// A circle goes on and on: its beginning tells all.
const MOST_LINES = 14

function traceLines(trace: readonly TraceLine[]): readonly string[] {
  const rows = traceRows(trace.slice(0, MOST_LINES)).map(({ reaction, actor, what, change }) => [reaction, actor, what, change])
  const more = trace.length - MOST_LINES
  return [...alignColumns(rows, '      ', [1, 2, 3]), ...(more > 0 ? [`      and ${counted(more, 'line')} more`] : [])]
}

/** Ends with a line feed. */
export function fleetText({ compositions, single, assumptions }: FleetCheck): string {
  const open = compositions.filter((one) => one.open.length > 0)
  const sum = (list: FleetCheck['compositions']): number => list.reduce((total, { places }) => total + places, 0)
  const all = sum(compositions) + single
  const head = `${counted(all, 'place')}: ${grouped(sum(compositions))} with several behaviours in ${counted(compositions.length, 'composition')}, ${grouped(single)} with one`
  const fights = open.flatMap(({ variants, places, place, open: findings }) => [
    '',
    `${findings[0]!.verdict}  ${variants.join(' + ')}  at ${counted(places, 'place')}, such as ${place}`,
    ...findings.flatMap(({ id, text, why, trace }) => [
      `  ${id}  ${text}`,
      ...(trace.length === 0 ? [`      ${why ?? 'not decided'}`] : []),
      ...traceLines(trace),
    ]),
  ])
  const proved = compositions.filter((one) => one.open.length === 0)
  return [
    head,
    ...fights,
    ...(proved.length === 0
      ? []
      : [
          '',
          `proved    ${counted(proved.length, 'composition')} at ${counted(sum(proved), 'place')}`,
          ...proved.map(({ variants, places }) => `  ${variants.join(' + ')}  ${grouped(places)}`),
        ]),
    '',
    ...(assumptions.length === 0 ? [] : [`assumed: ${assumptions.join('; ')}`, '']),
    open.length === 0
      ? `no conflict across variants at any of ${counted(all, 'place')}`
      : `${counted(open.length, 'composition')} at ${counted(sum(open), 'place')} not free of conflict`,
    '',
  ].join('\n')
}

export function fleetJson({ compositions, single, assumptions }: FleetCheck): object {
  return {
    schemaVersion,
    single,
    assumptions,
    compositions: compositions.map(({ open, ...rest }) => ({
      ...rest,
      open: open.map(({ id, kind, verdict, severity, subject, text, rules, fingerprint, trace }) => ({
        ...{ id, kind, verdict, severity, subject, text, rules, fingerprint, trace },
      })),
    })),
  }
}
