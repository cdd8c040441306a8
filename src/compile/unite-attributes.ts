/** Makes one attribute of two that mean the same: able to hold what either may hold, to change where either may. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { ThingAttribute, Value, ValueType } from '../model/automation.ts'

export interface United {
  readonly attribute: ThingAttribute
  readonly problems: readonly Diagnostic[]
}

/** The id, place and location of the first. Types that have nothing in common become `any`, with a warning. */
export function unite(a: ThingAttribute, b: ThingAttribute): United {
  const problems: Diagnostic[] = []
  const say = (severity: 'error' | 'warning', code: string, message: string): void => {
    problems.push({ code: `model/${code}`, severity, message, at: b.at ?? a.at ?? { source: a.id } })
  }
  const type = uniteTypes(a.type, b.type)
  if (type.is === 'any' && a.type.is !== 'any' && b.type.is !== 'any') {
    say('warning', 'different-types', `\`${a.id}\` is ${a.type.is} here and ${b.type.is} there: any value is taken as possible`)
  }
  if (a.delivery !== b.delivery)
    say('error', 'different-delivery', `\`${a.id}\` is delivered as \`${a.delivery}\` here and as \`${b.delivery}\` there`)
  if ((a.role === 'helper') !== (b.role === 'helper'))
    say('error', 'helper-and-thing', `\`${a.id}\` is a helper here and belongs to a thing there`)
  if (a.place !== undefined && b.place !== undefined && a.place !== b.place)
    say('error', 'different-places', `\`${a.id}\` stands in \`${a.place}\` here and in \`${b.place}\` there`)
  const place = a.place ?? b.place
  const initial = uniteInitial(a.initial, b.initial)
  const attribute: ThingAttribute = {
    id: a.id,
    thing: a.thing,
    ...(place === undefined ? {} : { place }),
    type,
    role: a.role === 'actuator' || b.role === 'actuator' ? 'actuator' : a.role,
    outside: a.outside || b.outside,
    delivery: a.delivery,
    ...(initial === undefined ? {} : { initial }),
    restored: a.restored && b.restored,
    ...(a.at === undefined ? {} : { at: a.at }),
  }
  return { attribute, problems }
}

/** Where one says nothing, any value of the type is possible. */
function uniteInitial(a: readonly Value[] | undefined, b: readonly Value[] | undefined): readonly Value[] | undefined {
  return a === undefined || b === undefined ? undefined : [...new Set([...a, ...b])]
}

function uniteTypes(a: ValueType, b: ValueType): ValueType {
  if (a.is === 'enum' && b.is === 'enum') return { is: 'enum', values: [...new Set([...a.values, ...b.values])], other: a.other || b.other }
  if (a.is === 'number' && b.is === 'number') {
    const low = a.low === undefined || b.low === undefined ? {} : { low: Math.min(a.low, b.low) }
    const high = a.high === undefined || b.high === undefined ? {} : { high: Math.max(a.high, b.high) }
    const unit = a.unit === b.unit && a.unit !== undefined ? { unit: a.unit } : {}
    return { is: 'number', ...low, ...high, integer: a.integer && b.integer, ...unit }
  }
  if (a.is === b.is) return a
  const textual = (type: ValueType): boolean => type.is === 'enum' || type.is === 'text'
  return textual(a) && textual(b) ? { is: 'text' } : { is: 'any' }
}
