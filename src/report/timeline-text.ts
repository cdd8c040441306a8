// A run as a timeline: what comes from outside as columns, what it does to each attribute as a line of values that hold until the next one.
import type { Value } from '../model/automation.ts'
import type { TraceLine } from '../model/conflict.ts'
import { paint } from './paint.ts'
import { alignColumns } from './table.ts'
import { clockText, traceRows } from './trace-rows.ts'

export interface TimelineReaction {
  readonly lines: readonly TraceLine[]
  readonly loop: boolean
}

export interface TimelineOptions {
  readonly colour: boolean
  /** Values at the start, by attribute. */
  readonly initial: Readonly<Record<string, Value>>
  /** Attributes that are drawn though they never change. */
  readonly always: readonly string[]
  /** The sentence before everything. */
  readonly head: string
  /** Of a run in real time: when each reaction came, how quantities stood then, and when it ended. */
  readonly course?: {
    readonly instants: readonly string[]
    readonly end: string
    readonly quantities: readonly { readonly name: string; readonly start: string; readonly at: readonly string[] }[]
  }
}

const WIDEST = 14
const LABEL = 44

/** The steps one by one, then the lines of values; ends with a line feed. */
export const timelineText = (reactions: readonly TimelineReaction[], options: TimelineOptions): string => {
  const ink = paint(options.colour)
  const steps = alignColumns(
    traceRows(reactions.flatMap(({ lines }) => lines)).map(({ reaction, actor, what, change, at }) => [reaction, actor, what, change, at]),
    '  ',
    [1, 2, 3, 4],
  )
  const lanes = lanesOf(reactions, options)
  const loop = reactions.some((reaction) => reaction.loop)
  return [
    options.head,
    '',
    ...(steps.length === 0 ? ['  nothing happened'] : steps),
    '',
    ...(lanes.length === 0 ? [] : [ink.bold('what stood when'), ...lanes, '']),
    ...(options.course === undefined ? [] : [`nothing more until ${clockText(options.course.end)}`, '']),
    ...(loop ? [ink.red('the last reaction does not come to rest'), ''] : []),
  ].join('\n')
}

const lanesOf = (reactions: readonly TimelineReaction[], { initial, always, course }: TimelineOptions): readonly string[] => {
  const changed = new Map<string, (Value | undefined)[]>(always.map((id) => [id, []]))
  reactions.forEach(({ lines }, column) => {
    for (const { attribute, before, after } of lines) {
      if (attribute === undefined || after === undefined) continue
      if (before === after && !changed.has(attribute)) continue
      const lane = changed.get(attribute) ?? []
      lane[column] = after
      changed.set(attribute, lane)
    }
  })
  const quantities = course?.quantities ?? []
  if (changed.size === 0 && quantities.length === 0) return []
  const cells = [...changed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, lane]): readonly string[] => {
      let stands: Value | undefined = initial[id]
      return [
        clip(id, LABEL),
        clip(text(stands), WIDEST),
        ...reactions.map((_, column) => {
          const value = lane[column]
          if (value === undefined || value === stands) return '·'
          stands = value
          return clip(text(value), WIDEST)
        }),
      ]
    })
  const levels = quantities.map(({ name, start, at }) => [clip(name, LABEL), rounded(start), ...at.map(rounded)])
  const head = ['', 'start', ...reactions.map((_, column) => (course === undefined ? String(column) : clockText(course.instants[column]!)))]
  return alignColumns(
    [head, ...cells, ...levels],
    '  ',
    head.map((_, column) => column),
  )
}

/** An exact number to a hundredth. */
const rounded = (exact: string): string => {
  const [numerator = '0', denominator = '1'] = exact.split('/')
  return String(Math.round((Number(numerator) / Number(denominator)) * 100) / 100)
}

const text = (value: Value | undefined): string => (value === undefined ? '?' : value === null ? 'nothing' : String(value))

const clip = (name: string, width: number): string => (name.length <= width ? name : `…${name.slice(1 - width)}`)
