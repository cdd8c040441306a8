/** Mistakes in expressions: exact code, place and words. */
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { additions } from '../../src/expression/additions.ts'
import { checkExpression, type Yields } from '../../src/expression/check.ts'
import { numberName } from '../../src/expression/number-name.ts'
import { choiceScope, fleetScope, scopeOf, variantScope } from '../../src/expression/scope.ts'
import type { AttributeType } from '../../src/model/fleet.ts'
import type { Setting } from '../../src/model/fleet-model.ts'

const at = { source: 'building.yaml' }
const attribute = (name: string, type: AttributeType) => ({ name, type, at })
const model = {
  vocabulary: [
    attribute('ram', { is: 'int', unit: 'MB' }),
    attribute('uplink', { is: 'int', unit: 'kbit/s' }),
    attribute('load', { is: 'decimal', places: 2 }),
    attribute('arch', { is: 'enum', values: ['armv7', 'arm64', 'x86_64'] }),
    attribute('online', { is: 'bool' }),
    attribute('seen', { is: 'time' }),
    attribute('firmware', { is: 'semver' }),
    attribute('site', { is: 'text' }),
    attribute('gateway', { is: 'device' }),
    attribute('tags', { is: 'set', of: 'text' }),
  ],
  joins: [{ name: 'image', from: 'models.ndjson', by: 'model', key: 'model', columns: { target: { is: 'text' } as const }, at }],
}
const settings: readonly Setting[] = [{ name: 'inference', type: { is: 'enum', values: ['edge', 'cloud'] }, at }]
const scope = variantScope(model, { settings })

/** Written on line 31 from column 15 on, in double quotes or not. */
function mistakes(text: string, yields: Yields = 'any', quotes = 0): readonly Diagnostic[] {
  const start = { line: 31, column: 15 }
  const range = { start, end: { line: 31, column: 15 + text.length + quotes } }
  const read = checkExpression({ text, at: { source: 'building.yaml', path: ['variants', 'eco', 'requires'], range } }, scope, yields)
  return read.ok ? [] : read.diagnostics
}

const CASES: readonly (readonly [
  text: string,
  code: string,
  columns: readonly [number, number],
  message: string,
  hint?: string | undefined,
  yields?: Yields,
])[] = [
  ['device.ram >= "512"', 'type', [29, 34], '`device.ram` is int (MB), compared with text', 'maybe `device.ram >= 512`'],
  ['"512" < device.ram', 'type', [15, 20], '`device.ram` is int (MB), compared with text', 'maybe `device.ram > 512`'],
  ['device.site in ["a", 5]', 'type', [36, 37], '`device.site` is text, compared with int', 'maybe `"5"`'],
  ['device.online == "true"', 'type', [32, 38], '`device.online` is true or false, compared with text', 'maybe `device.online == true`'],
  [
    'device.seen > "2026-01-31T00:00:00Z"',
    'type',
    [29, 51],
    '`device.seen` is time, compared with text',
    'maybe `device.seen > timestamp("2026-01-31T00:00:00Z")`',
  ],
  ['device.site < "b"', 'type', [15, 26], '`<` needs numbers, times or versions, `device.site` is text'],
  ['device.ram && device.online', 'type', [15, 25], '`&&` needs a condition, `device.ram` is int (MB)'],
  ['device.ram + device.site > 3', 'type', [28, 39], '`+` needs numbers, `device.site` is text'],
  ['device.ram.startsWith("5")', 'type', [15, 25], '`startsWith` is for text, `device.ram` is int (MB)'],
  ['"x" in device.site', 'type', [22, 33], '`in` needs a list or a set, `device.site` is text', 'maybe `"x" == device.site`'],
  ['device.online ? 1 : "a"', 'type', [35, 38], '`1` is int, together with text'],
  ['device.ram', 'type', [15, 25], 'a condition is needed, `device.ram` is int (MB)', undefined, 'bool'],
  [
    'device.load',
    'type',
    [15, 26],
    'an integer is needed, `device.load` is decimal with 2 places',
    'maybe `(device.load) / 1`, which cuts the fraction',
    'number',
  ],
  ['device.tags', 'type', [15, 26], 'something to group by is needed, `device.tags` is set of text', undefined, 'key'],
  ['device.ram > device.uplink', 'unit', [28, 41], '`device.ram` is in MB, compared with `device.uplink` in kbit/s'],
  ['device.rma > 5', 'unknown-attribute', [15, 25], 'there is no `device.rma`', 'maybe `device.ram`?'],
  ['devcie.ram > 5', 'unknown-attribute', [15, 25], 'nothing is called `devcie` here', 'maybe `device.ram`?'],
  ['ram > 5', 'unknown-attribute', [15, 18], 'nothing is called `ram` here', 'maybe `device.ram`?'],
  ['settings.inferense == "edge"', 'unknown-attribute', [15, 33], 'there is no `settings.inferense`', 'maybe `settings.inference`?'],
  [
    'device.image == "a"',
    'unknown-attribute',
    [15, 27],
    '`device.image` is not a value, it has attributes',
    'maybe `device.image.target`?',
  ],
  [
    'device.site.size > 3',
    'unknown-attribute',
    [15, 31],
    '`device.site` is text and has no attribute `size`',
    'maybe `device.site.size()`?',
  ],
  ['device.arch == "arm46"', 'unknown-value', [30, 37], '`device.arch` is never `arm46`', 'maybe `arm64`?'],
  [
    'device.arch in ["arm64", "mips"]',
    'unknown-value',
    [40, 46],
    '`device.arch` is never `mips`',
    'maybe one of `armv7`, `arm64`, `x86_64`?',
  ],
  ['settings.inference == device.arch', 'unknown-value', [37, 48], '`settings.inference` and `device.arch` have no value in common'],
  ['device.firmware.atLeast("2.0")', 'version', [39, 44], '`2.0` is not a version', 'maybe `"2.0.0"`?'],
  ['device.firmware.satisfies("^^1")', 'version', [41, 46], '`^^1` is not a range of versions', 'maybe as in `^1.2` or `>=2.0.0 <3.0.0`?'],
  [
    'device.seen < timestamp("2026-02-30T00:00:00Z")',
    'time',
    [39, 61],
    '`2026-02-30T00:00:00Z` is not a time',
    'maybe as in `2026-01-31T12:00:00Z`?',
  ],
  ['device.site.matches("(a")', 'pattern', [35, 39], 'the pattern cannot be used: `)` is missing'],
  ['device.site.matches("(a)\\\\1")', 'pattern', [35, 43], 'the pattern cannot be used: `\\1` is not known'],
  [
    'device.ram > 9007199254740992',
    'number-too-large',
    [28, 44],
    '`9007199254740992` is beyond the numbers that are exact here: integers, or decimals without their point, below 2^53',
  ],
  [
    '9007199254740991 + 1 > device.ram',
    'number-too-large',
    [15, 35],
    '`9007199254740991 + 1` is beyond the numbers that are exact here: integers, or decimals without their point, below 2^53',
  ],
  ['device.ram / (3 - 3) > 1', 'division-by-zero', [15, 34], '`device.ram / (3 - 3)` divides by zero'],
  ['device.site.startWith("a")', 'unknown-function', [15, 41], 'there is no method `startWith` of a text', 'maybe `startsWith`?'],
  ['sise(device.tags) > 1', 'unknown-function', [15, 32], 'there is no function `sise`', 'maybe `size`?'],
  [
    'device.tags.contains() && true',
    'arguments',
    [15, 37],
    '`contains` takes one text, 0 are given',
    'maybe as in `device.tags.contains("roof")`',
  ],
  [
    'device.tags.exists(t, t == "a")',
    'unsupported',
    [15, 46],
    '`exists` is not known here: expressions do not iterate',
    'maybe `in`, `contains`, `intersects` or `subsetOf` say what you need',
  ],
  [
    'device.gateway.ram > 4',
    'unsupported',
    [15, 33],
    '`device.gateway` is a link to another device, whose attributes cannot be read through it',
  ],
  ['device.site == null', 'unsupported', [30, 34], 'there is no `null` here', 'maybe `has(...)` asks what you need'],
  ['device.site = "a"', 'syntax', [27, 28], '`=` is not expected here', 'maybe `==`?'],
  ['device.ram > 5 and device.online', 'syntax', [30, 33], '`and` is not expected here', 'maybe `&&`?'],
  ['(device.ram > 5', 'syntax', [30, 30], 'the expression ends too early, `)` is missing'],
  ['device.site == "a', 'syntax', [30, 32], 'the text is not closed, its second quote is missing'],
]

describe('a mistake in an expression', () => {
  it.each(CASES.map((of) => [of[0], of] as const))('%s', (_, [text, code, [start, end], message, hint, yields]) => {
    expect(mistakes(text, yields)).toEqual([
      {
        code: `expression/${code}`,
        severity: 'error',
        message,
        ...(hint === undefined ? {} : { hint }),
        at: {
          source: 'building.yaml',
          path: ['variants', 'eco', 'requires'],
          range: { start: { line: 31, column: start }, end: { line: 31, column: end } },
        },
      },
    ])
  })

  it('is told together with the others of its expression, in their order', () => {
    expect(mistakes('device.rma > 5 || device.arch == "arm46" || device.x').map((d) => d.code)).toEqual([
      'expression/unknown-attribute',
      'expression/unknown-value',
      'expression/unknown-attribute',
    ])
  })

  it('is found inside quotes', () => {
    expect(mistakes('device.rma > 5', 'any', 2)[0]?.at.range?.start).toEqual({ line: 31, column: 16 })
  })

  it('in a block of several lines stands where the block stands', () => {
    const range = { start: { line: 3, column: 5 }, end: { line: 5, column: 1 } }
    const read = checkExpression({ text: 'device.ram > 5 &&\ndevice.rma > 5\n', at: { source: 'a', range } }, scope)
    expect(read.diagnostics.map((d) => d.at.range)).toEqual([range])
  })
})

describe('an expression that would take too much', () => {
  const large: readonly (readonly [string, string, string])[] = [
    ['ten megabytes', 'a'.repeat(10_000_000), 'expression/too-long'],
    ['parentheses', `${'('.repeat(4000)}true${')'.repeat(4000)}`, 'expression/too-deep'],
    ['lists', `1 in ${'['.repeat(4000)}`, 'expression/too-deep'],
    ['negations', `${'!'.repeat(9000)}true`, 'expression/too-deep'],
    ['signs', `${'- '.repeat(4900)}1`, 'expression/too-deep'],
    ['sums', `1${'+1'.repeat(4900)}`, 'expression/too-deep'],
    ['choices', `${'true?1:'.repeat(1400)}1`, 'expression/too-deep'],
    ['attributes', `device${'.a'.repeat(4900)}`, 'expression/too-deep'],
    ['calls', `device.site${'.size()'.repeat(1400)}`, 'expression/too-deep'],
    ['quoted parentheses, not closed', `"${'('.repeat(4000)}`, 'expression/syntax'],
  ]
  it.each(large)('is refused: %s', (_, text, code) => {
    expect(mistakes(text).map((d) => d.code)).toEqual([code])
  })

  it('may have a long chain of conditions', () => {
    expect(mistakes(Array(500).fill('device.online').join(' || '))).toEqual([])
    expect(mistakes(Array(500).fill('device.online').join(' && '))).toEqual([])
  })

  it('may hold many brackets in its texts', () => {
    expect(mistakes(`device.site == "${'('.repeat(4000)}"`)).toEqual([])
  })
})

describe('what may be written', () => {
  const extra = scopeOf({
    ...scope.names,
    'variant.version': { is: 'semver' },
  })
  it.each(additions.map((a) => a.example))('%s, the example of our list', (text) => {
    expect(checkExpression({ text, at }, extra).diagnostics).toEqual([])
  })

  it('has the names of its place', () => {
    expect(fleetScope(model, { 'group.memory': { is: 'int' } }).roots).toEqual(['device', 'group'])
    const choices = choiceScope({ variants: [{ id: 'eco', uses: {}, settings: [...settings], rules: [], at }] })
    expect(Object.keys(choices.names).sort()).toEqual(['settings.inference', 'variant.id', 'variant.version'])
    expect(checkExpression({ text: 'variant.id == "ecco"', at }, choices).diagnostics[0]?.hint).toBe('maybe `eco`?')
  })

  it('may be a decimal without places where an integer is needed', () => {
    const whole = scopeOf({ 'device.count': { is: 'decimal', places: 0 } })
    expect(checkExpression({ text: 'device.count', at }, whole, 'number').ok).toBe(true)
    expect(numberName(-120, { is: 'decimal', places: 0 })).toBe('-120')
    expect(numberName(-5, { is: 'decimal', places: 2 })).toBe('-0.05')
  })

  it("keeps to names that are the object's own", () => {
    expect(mistakes('device.constructor == 1').map((d) => d.message)).toEqual(['there is no `device.constructor`'])
    expect(mistakes('toString == 1').map((d) => d.code)).toEqual(['expression/unknown-attribute'])
  })
})
