/** The one list of functions and methods of the requirement language; the checker refuses every other. `cel` tells what is CEL's own from what we add. */
import type { ExpressionType } from '../model/expression-type.ts'

export interface Addition {
  readonly name: string
  /** Types that the method may be called on; absent: a function; `any`: every value. */
  readonly on?: readonly ExpressionType['is'][] | 'any'
  readonly arguments: readonly string[]
  readonly yields: ExpressionType['is'] | 'as the value'
  readonly says: string
  readonly example: string
  readonly cel: boolean
}

const TEXTS = ['text', 'enum', 'device'] as const

export const additions: readonly Addition[] = [
  {
    name: 'has',
    arguments: ['attribute'],
    yields: 'bool',
    says: 'whether the attribute is known; never unknown itself',
    example: 'has(device.site)',
    cel: true,
  },
  {
    name: 'orValue',
    on: 'any',
    arguments: ['default'],
    yields: 'as the value',
    says: 'the value, or the default where it is missing or unknown',
    example: 'device.ram.orValue(0)',
    cel: false,
  },
  {
    name: 'hasValue',
    on: 'any',
    arguments: [],
    yields: 'bool',
    says: 'whether the value is known',
    example: 'device.?site.hasValue()',
    cel: true,
  },
  {
    name: 'size',
    on: ['text', 'enum', 'device', 'set', 'list'],
    arguments: [],
    yields: 'int',
    says: 'number of characters of a text, of members of a set',
    example: 'device.tags.size() > 0',
    cel: true,
  },
  { name: 'size', arguments: ['text or set'], yields: 'int', says: 'the same as a function', example: 'size(device.tags) > 0', cel: true },
  {
    name: 'startsWith',
    on: TEXTS,
    arguments: ['text'],
    yields: 'bool',
    says: 'whether the text begins so',
    example: 'device.site.startsWith("hall-")',
    cel: true,
  },
  {
    name: 'endsWith',
    on: TEXTS,
    arguments: ['text'],
    yields: 'bool',
    says: 'whether the text ends so',
    example: 'device.site.endsWith("-north")',
    cel: true,
  },
  {
    name: 'contains',
    on: TEXTS,
    arguments: ['text'],
    yields: 'bool',
    says: 'whether the text contains it',
    example: 'device.site.contains("hall")',
    cel: true,
  },
  {
    name: 'matches',
    on: TEXTS,
    arguments: ['pattern'],
    yields: 'bool',
    says: 'whether a part of the text fits the regular expression (those that need no backtracking; at most 200 characters)',
    example: 'device.site.matches("^hall-[0-9]+$")',
    cel: true,
  },
  {
    name: 'contains',
    on: ['set'],
    arguments: ['text'],
    yields: 'bool',
    says: 'whether the text is a member',
    example: 'device.tags.contains("roof")',
    cel: false,
  },
  {
    name: 'intersects',
    on: ['set'],
    arguments: ['set'],
    yields: 'bool',
    says: 'whether the sets have a member in common',
    example: 'device.tags.intersects(["roof", "yard"])',
    cel: false,
  },
  {
    name: 'subsetOf',
    on: ['set'],
    arguments: ['set'],
    yields: 'bool',
    says: 'whether every member is in the other set',
    example: 'device.tags.subsetOf(["roof", "yard"])',
    cel: false,
  },
  {
    name: 'atLeast',
    on: ['semver'],
    arguments: ['version'],
    yields: 'bool',
    says: 'whether the version has at least this precedence (Semantic Versioning 2.0.0, section 11)',
    example: 'variant.version.atLeast("2.0.0")',
    cel: false,
  },
  {
    name: 'below',
    on: ['semver'],
    arguments: ['version'],
    yields: 'bool',
    says: 'whether the version has lower precedence',
    example: 'device.firmware.below("3.0.0")',
    cel: false,
  },
  {
    name: 'satisfies',
    on: ['semver'],
    arguments: ['range'],
    yields: 'bool',
    says: 'whether the version is in the range as npm writes them; pre-releases only where the range names one',
    example: 'device.firmware.satisfies("^1.2")',
    cel: false,
  },
  {
    name: 'major',
    on: ['semver'],
    arguments: [],
    yields: 'int',
    says: 'the first number of the version',
    example: 'device.firmware.major() == 2',
    cel: false,
  },
  {
    name: 'minor',
    on: ['semver'],
    arguments: [],
    yields: 'int',
    says: 'the second number of the version',
    example: 'device.firmware.minor() >= 4',
    cel: false,
  },
  {
    name: 'patch',
    on: ['semver'],
    arguments: [],
    yields: 'int',
    says: 'the third number of the version',
    example: 'device.firmware.patch() == 0',
    cel: false,
  },
  {
    name: 'timestamp',
    arguments: ['text'],
    yields: 'time',
    says: 'a time as RFC 3339 writes it',
    example: 'device.seen >= timestamp("2026-01-31T00:00:00Z")',
    cel: true,
  },
  {
    name: 'duration',
    arguments: ['text'],
    yields: 'duration',
    says: 'a duration, in whole milliseconds',
    example: 'timestamp("2026-01-31T00:00:00Z") - device.seen < duration("24h")',
    cel: true,
  },
]

/*
 * What of CEL is read differently here, or not at all:
 * - a missing attribute is unknown, not an error: `false && unknown` is false, `true || unknown` is true, all else that needs it is unknown
 * - numbers are integers within 2^53 and decimals with fixed places, mixed freely and compared exactly; there are no floating-point numbers and no `uint`
 * - `/` gives an integer, cut toward zero, also between decimals; `%` takes the sign of its left side and needs integers
 * - a division by zero, or a number beyond 2^53, is unknown; where literals alone cause it, it is refused
 * - an enumeration compares only with its own values; a version and a link to a device compare with text
 * - versions compare by precedence, also with `<` and `>=`; texts have no order
 * - `x in [a, b]` is `x == a || x == b`, also where `b` is unknown
 * - there are no `all`, `exists`, `map`, `filter`, maps, bytes, `null`, conversions and `+` of texts
 */
