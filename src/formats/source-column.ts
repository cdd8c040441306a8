/** How one attribute's value is read from what a source holds: constants, missing marks, renamed values, units, decimal commas. */
import type { Attribute, SourceColumn } from '../model/fleet-model.ts'
import { attributeValue, cellValue, type StoredValue } from '../model/attribute-value.ts'
import { UNITS } from '../model/units.ts'

export interface SourceReading {
  /** Cells of CSV are texts; values of JSON have their types. */
  readonly cells: boolean
  /** Texts that stand for nothing, in every column. */
  readonly missing: readonly string[]
  readonly decimalComma: boolean
}

/** Reads a value as written; `unit` is what the source counts in, where that is known. */
export function columnReader(
  { type }: Pick<Attribute, 'type'>,
  how: SourceColumn,
  { cells, missing, decimalComma }: SourceReading,
  unit: string | undefined,
): (written: unknown) => StoredValue {
  if (how.value !== undefined) {
    const constant = attributeValue(type, how.value)
    return () => constant
  }
  const nothing = new Set([...missing, ...(how.missing ?? [])])
  const renamed = how.values === undefined ? undefined : new Map(Object.entries(how.values))
  const isNumber = type.is === 'int' || type.is === 'decimal'
  const factor = isNumber ? factorOf(unit, type.unit) : undefined
  const numeric = cells || factor !== undefined
  return (written) => {
    const text = typeof written === 'string' ? written.trim() : typeof written === 'number' ? String(written) : undefined
    if (text !== undefined && nothing.has(text)) return { is: 'missing' }
    const other = typeof written === 'object' ? undefined : renamed?.get(text ?? JSON.stringify(written))
    if (other !== undefined) return attributeValue(type, other)
    if (!isNumber || text === undefined || !numeric)
      return cells ? cellValue(type, typeof written === 'string' ? written : '') : attributeValue(type, written)
    // A number in a text of JSON is as wrong with a unit as without.
    if (!cells && typeof written === 'string') return attributeValue(type, written)
    const point = decimalComma ? text.replace(',', '.') : text
    if (factor === undefined) return cellValue(type, point)
    const exact = timesFactor(point, factor)
    return exact === undefined ? cellValue(type, point) : cellValue(type, exact)
  }
}

/** The unit that a column's name ends in: `RAM (MB)`, `RAM [MB]`; nothing where it is no known unit. */
export function unitInName(name: string): { readonly name: string; readonly unit: string } | undefined {
  const [, bare, unit] = /^(.*?)\s*[([]\s*([A-Za-z/]+)\s*[)\]]$/.exec(name) ?? []
  return bare === undefined || unit === undefined || !UNITS.has(unit) ? undefined : { name: bare, unit }
}

/** Why what is counted in `from` cannot be kept in `to`. */
export function unitProblem(from: string | undefined, to: string | undefined): string | undefined {
  if (from === undefined || to === undefined || from === to) return undefined
  const [source, target] = [UNITS.get(from), UNITS.get(to)]
  if (source === undefined) return `\`${from}\` is no unit that is known here`
  if (target === undefined) return `\`${to}\` is no unit that is known here, so nothing can be converted from ${from}`
  return source.dimension === target.dimension ? undefined : `${from} is ${source.dimension}, ${to} is ${target.dimension}`
}

function factorOf(from: string | undefined, to: string | undefined): { readonly times: bigint; readonly over: bigint } | undefined {
  if (from === undefined || to === undefined || from === to) return undefined
  const [source, target] = [UNITS.get(from), UNITS.get(to)]
  return source === undefined || target === undefined ? undefined : { times: BigInt(source.factor), over: BigInt(target.factor) }
}

/** The number in the other unit, exactly, with up to nine decimal places; nothing where it is no number or takes more. */
function timesFactor(text: string, { times, over }: { readonly times: bigint; readonly over: bigint }): string | undefined {
  const [, sign = '', whole, fraction = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const places = 9n
  const scaled = BigInt(whole + fraction) * times * 10n ** places
  const divisor = over * 10n ** BigInt(fraction.length)
  if (scaled % divisor !== 0n) return undefined
  const digits = String(scaled / divisor).padStart(Number(places) + 1, '0')
  const tail = digits.slice(-Number(places)).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -Number(places))}${tail === '' ? '' : `.${tail}`}`
}
