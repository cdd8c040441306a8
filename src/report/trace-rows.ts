// A trace as rows of text: what every kind of report shows of a run.
import type { Location } from '../diagnostics/diagnostic.ts'
import type { Value } from '../model/automation.ts'
import type { TraceLine } from '../model/conflict.ts'

export interface TraceRow {
  /** The number of the reaction, or its instant, and who acts, where they change; else empty. */
  readonly reaction: string
  readonly actor: string
  readonly what: string
  readonly change: string
  readonly at: string
}

/** A row says what is new on it: the reaction and the automation stand where they change. */
export const traceRows = (trace: readonly TraceLine[]): readonly TraceRow[] => {
  let before: { readonly reaction?: number; readonly actor?: string } = {}
  return trace.map((line) => {
    const actor = line.automation ?? 'outside'
    const sameReaction = before.reaction === line.reaction
    const [what, change] = traceText(line)
    const row: TraceRow = {
      reaction: sameReaction ? '' : line.instant === undefined ? `${line.reaction}` : clockText(line.instant),
      actor: sameReaction && before.actor === actor ? '' : actor,
      what,
      change,
      at: line.at === undefined ? '' : placeText(line.at),
    }
    before = { reaction: line.reaction, actor }
    return row
  })
}

/** Hours, minutes, seconds and thousandths since the start of what is exactly so many milliseconds; a part of one is cut off and told by a `+`. */
export const clockText = (milliseconds: string): string => {
  const [numerator = '0', denominator = '1'] = milliseconds.split('/')
  const [whole, part] = [BigInt(numerator) / BigInt(denominator), BigInt(numerator) % BigInt(denominator)]
  const digits = (value: bigint, size: number): string => value.toString().padStart(size, '0')
  const [seconds, thousandths] = [whole / 1000n, whole % 1000n]
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((value) => digits(value, 2)).join(':')
  return `${clock}.${digits(thousandths, 3)}${part === 0n ? '' : '+'}`
}

/** What happens to which attribute, without what other columns say. */
const traceText = ({ attribute, before, after, automation, what }: TraceLine): readonly [string, string] => {
  if (attribute !== undefined && after !== undefined)
    return [attribute, before === after ? `${valueText(after)}, as before` : `${valueText(before)} -> ${valueText(after)}`]
  const name = /^`([^`]*)` /.exec(what)
  return [name !== null && automation?.endsWith(name[1]!) === true ? what.slice(name[0].length) : what, '']
}

const valueText = (value: Value | undefined): string => {
  if (value === undefined) return '?'
  if (value === null) return 'nothing'
  // A word needs no quotes; what could be taken for something else does.
  return typeof value === 'string' && !/^[\p{L}_][\p{L}\d_. -]*$/u.test(value) ? JSON.stringify(value) : String(value)
}

/** `file:line:column`, or `file#path` where no line is known. */
export const placeText = (location: Location): string => {
  const path = location.path === undefined || location.path.length === 0 ? '' : `#${location.path.join('/')}`
  return location.range === undefined
    ? location.source + path
    : `${location.source}:${location.range.start.line}:${location.range.start.column}`
}
