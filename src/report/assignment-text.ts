// An assignment as text for people, in the order in which its reader asks.
import type { AssignmentResult, KnownSoFar, Level, Reason, Separation, UnassignedDevice } from '../model/assignment.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import { countChanges, countVariants, type Assigned } from './assignment-counts.ts'
import { counted, duration, grouped, signed } from './numbers.ts'
import { paint, type Paint } from './paint.ts'
import { alignColumns } from './table.ts'

export interface AssignmentTextOptions {
  readonly colour: boolean
  /** How `explain` is called for a device of this model: `fleetproof explain building.yaml gw-0113`. */
  readonly explain: (device: string) => string
}

/** The whole report; ends with a line feed. */
export function assignmentText(result: AssignmentResult, model: FleetModel | undefined, options: AssignmentTextOptions): string {
  const ink = paint(options.colour)
  switch (result.status) {
    case 'assigned':
      return lines([
        ...summary(result, model),
        '',
        ...variants(result),
        '',
        ...quality(result, ink),
        ...separationLines(result.separation),
        ...without(result.unassigned, options.explain),
      ])
    case 'impossible':
      return lines([
        `${ink.red('impossible')}: these cannot hold together`,
        ...alignColumns(
          result.reasons.map((reason) => [reason.kind === 'placement/devices' ? 'devices' : place(reason.at), labelled(reason)]),
          '  ',
          [0, 1],
        ),
        ...(result.repairs.length > 0
          ? ['smallest repairs', ...result.repairs.map((repair, i) => `  ${i === 0 ? '' : 'or '}${repair.text}`)]
          : []),
        checkedLine(result.checkedBy),
      ])
    case 'undecided':
      return lines([
        `${ink.yellow('undecided')}: ${result.why}`,
        ...(result.best === undefined
          ? []
          : [
              `the best assignment found so far covers ${counted(withVariant(result.best.chosen), 'device')}; it is not proved to be the best`,
            ]),
        ...(result.known === undefined ? [] : knownLines(result.known)),
      ])
    case 'invalid':
      return ''
  }
}

const MOST_OPEN = 5

function knownLines({ levels, done, open }: KnownSoFar): string[] {
  const rows = levels.map(({ name, sense, value, bound }) => [
    name,
    value === undefined ? 'nothing found' : grouped(value),
    `${sense === 'maximise' ? 'at most' : 'at least'} ${grouped(bound)}`,
  ])
  const more = open.length > MOST_OPEN ? [`  and ${counted(open.length - MOST_OPEN, 'more component')}`] : []
  return [
    'known so far',
    ...alignColumns(rows),
    `${counted(done.length, 'component')} done, ${open.length} open`,
    ...open
      .slice(0, MOST_OPEN)
      .map(({ component, method, devices, why }) => `  ${component} (${counted(devices, 'device')}, ${method}): ${why}`),
    ...more,
  ]
}

/** `quota: at least ...`, `requirement of \`preview\`: device.tpu`. */
function labelled({ kind, variant, text }: Reason): string {
  const what = kind.slice(kind.indexOf('/') + 1).replaceAll('-', '_')
  if (kind === 'placement/devices') return text
  return `${what}${variant === undefined ? '' : ` of \`${variant}\``}: ${text}`
}

const withVariant = (chosen: Int32Array) => chosen.reduce((count, choice) => count + (choice > 1 ? 1 : 0), 0)

const lines = (parts: readonly string[]) => parts.join('\n') + '\n'

function place(at: { readonly source: string; readonly range?: { readonly start: { readonly line: number } } } | undefined): string {
  if (at === undefined) return ''
  return at.range === undefined ? at.source : `${at.source}:${at.range.start.line}`
}

function checkedLine(by: string): string {
  switch (by) {
    case 'arithmetic':
    case 'enumeration':
      return 'checked independently'
    case 'other-solver':
      return 'confirmed by a second solver'
    case 'same-solver':
      return 'shown by one solver'
    default:
      return 'not checked by a second party'
  }
}

function summary(result: Assigned, model: FleetModel | undefined): string[] {
  const { devices, classes, components } = result.statistics
  const parts = [`${counted(devices, 'device')} in ${counted(classes, 'class', 'classes')}`]
  if (model !== undefined) parts.push(counted(model.variants.length, 'variant'), counted(model.constraints.length, 'constraint'))
  parts.push(counted(components, 'component'))
  return [parts.join(' · ')]
}

function variants(result: Assigned): string[] {
  const rows = countVariants(result).map(({ name, after, before }) => [name, grouped(after), grouped(before), signed(after - before)])
  return alignColumns([['variant', 'devices', 'before', 'change'], ...rows])
}

function quality(result: Assigned, ink: Paint): string[] {
  const { levels, statistics } = result
  const assigned = withVariant(result.assignment.chosen)
  const changes = countChanges(result)
  const fewest = levels.some((level) => level.name === 'changes' && level.gap === 0) ? ', the fewest possible' : ''
  const other = levels
    .filter(({ name }) => name !== 'assigned' && name !== 'changes' && name !== 'moves')
    .map((level) => `${level.name} ${grouped(level.value)}`)
  const line = [
    `assigned ${grouped(assigned)} of ${grouped(statistics.devices)}`,
    ...other,
    `${counted(changes, 'device')} ${changes === 1 ? 'changes' : 'change'}${fewest}`,
    ...levels.flatMap(({ name, value, gap }) =>
      name === 'moves'
        ? [`${counted(value, 'device')} ${value === 1 ? 'moves' : 'move'} since then${gap === 0 ? ', the fewest possible' : ''}`]
        : [],
    ),
  ]
  return [`  ${line.join(' · ')}`, `  ${optimality(levels, result.optimal, statistics.milliseconds['check'], ink)}`]
}

function optimality(levels: readonly Level[], optimal: boolean, checkMilliseconds: number | undefined, ink: Paint): string {
  const bounds = levels.map((level) => `${level.name} ${grouped(level.bound)}`).join(', ')
  const gap = levels.find((level) => level.gap > 0)
  if (gap !== undefined)
    return `${ink.yellow('not proved optimal')}: ${gap.name} ${grouped(gap.value)}, at best ${grouped(gap.bound)} (gap ${grouped(gap.gap)}); later levels are best effort`
  if (!optimal) return `${ink.yellow('optimal by one solver')}: bounds ${bounds}; nobody else has checked them`
  const by = [...new Set(levels.map((level) => level.checkedBy))].sort()
  const how = by.every((party) => party === 'arithmetic' || party === 'enumeration')
    ? 'checked independently'
    : 'confirmed by a second solver'
  return `${ink.green('optimal')}: ${levels.length === 1 ? 'bound' : 'bounds'} ${bounds}, ${how}${checkMilliseconds === undefined ? '' : ` in ${duration(checkMilliseconds)}`}`
}

const mostGroups = 10
const longestSummary = 120

/** Devices without a variant, those with the same reasons on one line, the commonest first, at most ten lines. */
function without(unassigned: readonly UnassignedDevice[], explain: AssignmentTextOptions['explain']): string[] {
  if (unassigned.length === 0) return []
  const groups = new Map<string, string[]>()
  for (const { device, reasons } of unassigned) {
    const text = summariseReasons(reasons)
    const group = groups.get(text)
    if (group === undefined) groups.set(text, [device])
    else group.push(device)
  }
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))
  const shown = alignColumns(
    sorted.slice(0, mostGroups).map(([text, devices]) => [grouped(devices.length), text, explain([...devices].sort()[0]!)]),
    '    ',
    [1, 2],
  )
  const rest = sorted.length - mostGroups
  const others = sorted.slice(mostGroups).reduce((sum, [, devices]) => sum + devices.length, 0)
  return [
    '',
    `  ${counted(unassigned.length, 'device')} ${unassigned.length === 1 ? 'has' : 'have'} no variant`,
    ...shown,
    ...(rest > 0 ? [`    and ${counted(others, 'device')} for ${counted(rest, 'more reason')}`] : []),
  ]
}

/** One line for the reasons of one device: what came closest (a limit) before what its facts rule out, equal texts once, as much as a line holds. */
function summariseReasons(reasons: readonly Reason[]): string {
  const limits = reasons.filter(({ kind }) => kind !== 'placement/requirement')
  const told = limits.length > 0 ? limits : reasons
  const parts = [...groupTexts(told)].map(([text, names]) =>
    names.length === told.length && told.length > 1 && limits.length === 0
      ? `every variant ${text}`
      : names.length > 0
        ? `${names.join(', ')}: ${text}`
        : text,
  )
  let shown = parts[0] ?? ''
  let count = 1
  while (count < parts.length && shown.length + parts[count]!.length + 2 <= longestSummary) shown += `; ${parts[count++]!}`
  const left = parts.length - count
  if (left > 0) return `${shown}; and ${counted(left, 'more reason')}`
  return limits.length > 0 && limits.length < reasons.length ? `${shown}; nothing else fits` : shown
}

function groupTexts(reasons: readonly Reason[]): ReadonlyMap<string, readonly string[]> {
  const byText = new Map<string, string[]>()
  for (const { variant, text } of reasons) byText.set(text, [...(byText.get(text) ?? []), ...(variant === undefined ? [] : [variant])])
  return byText
}

function separationLines(separation: Separation | undefined): string[] {
  if (separation === undefined) return []
  const apart = separation.apart.flatMap(({ variants, without, because }) => [
    `    ${variants.join(' + ')}  never at one place${without.length === 0 ? '' : ` without ${without.join(' or ')}`}: ${counted(because.length, 'open finding')}`,
    ...because.slice(0, 2).map(({ verdict, id, text }) => `      ${verdict} ${id}  ${text}`),
  ])
  const together = separation.together.map(
    ({ variants, places, place, proved }) =>
      `    ${variants.join(' + ')}  at ${counted(places, 'place')}, such as ${place}: ${counted(proved, 'question')} proved, none open`,
  )
  return [
    '',
    `  behaviours that fight are kept apart: ${apart.length === 0 ? 'none do' : counted(separation.apart.length, 'set')}`,
    ...apart,
    `  what runs side by side is proved free of conflict${together.length === 0 ? ': no two behaviours meet' : ''}`,
    ...together,
    ...(together.length === 0 ? [] : [`  ${safeText(separation)}`]),
    ...(isUndecided(separation)
      ? ['  what could not be decided is kept apart, too: the assignment is the best among the compositions that are proved safe']
      : []),
    ...ownLines(separation),
  ]
}

/** The one sentence about all places. */
function safeText({ together, safe }: Separation): string {
  const { kinds, several, single, assumptions } = safe
  const under = assumptions.length === 0 ? 'nothing assumed' : `under ${counted(assumptions.length, 'assumption')}`
  return `no conflict across variants at any of ${counted(several + single, 'place')} (${grouped(several)} of ${counted(together.length, 'composition')}, ${grouped(single)} with one behaviour): ${counted(kinds.length, 'kind')}, ${under}`
}

/** What variants do wrong all by themselves: no placing avoids it. */
function ownLines({ together }: Separation): readonly string[] {
  const found = new Map(together.flatMap(({ own }) => own.map((finding) => [`${finding.kind} ${finding.subject}`, finding] as const)))
  return [...found.values()].map(({ verdict, id, text }) => `    by itself, wherever it stands: ${verdict} ${id}  ${text}`)
}

/** Some set is kept apart though no run shows that it fights. */
const isUndecided = ({ apart }: Separation): boolean => apart.some(({ because }) => because.every(({ verdict }) => verdict === 'unknown'))
