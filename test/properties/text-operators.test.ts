// Operators on texts: the interpreter against values worked out by hand (from Python and the Gregorian calendar), and the compiler's tables against the interpreter.
import { describe, expect, it } from 'vitest'
import { isConstant } from '../../constraints/symbolic-value.ts'
import { abstractValue } from '../../src/compile/conflicts-abstract.ts'
import { createCoding } from '../../src/compile/conflicts-coding.ts'
import { symbolicValue } from '../../src/compile/conflicts-expression.ts'
import { contains, setOf } from '../../src/compile/conflicts-value-set.ts'
import { textResults, type AutomationExpression, type TextOperator, type Value } from '../../src/model/automation.ts'
import { evaluate, toValue } from '../../src/verify/values.ts'
import { diceOf } from '../oracle/random-behaviour.ts'
import { apply, read, val } from '../oracle/words.ts'

const nothing = { attribute: () => null, local: () => null, any: () => null }
const result = (operator: TextOperator, ...given: Value[]): Value => toValue(evaluate(apply(operator, ...given.map(val)), nothing))

const table: readonly (readonly [TextOperator, readonly Value[], Value])[] = [
  ['text', [null], 'None'],
  ['text', [true], 'True'],
  ['text', [false], 'False'],
  ['text', ['a b'], 'a b'],
  ['text', [5], '5'],
  ['text', [-5], '-5'],
  ['text', [5, 'float'], '5.0'],
  ['text', [0.1], '0.1'],
  ['text', [0.00012], '0.00012'],
  ['text', [0.000012], '1.2e-05'],
  ['text', [-0.000012], '-1.2e-05'],
  ['text', [12345678.5], '12345678.5'],
  ['text', [1e16, 'float'], '1e+16'],
  ['text', [1e16], '10000000000000000'],
  ['concat', ['light.', 'hall', '_', 3], 'light.hall_3'],
  ['concat', [], ''],
  ['concat', [null, true, 1.5], 'NoneTrue1.5'],
  ['contains', ['kitchen', 'itch'], true],
  ['contains', ['kitchen', ''], true],
  ['contains', ['kitchen', 'Itch'], false],
  ['contains', [5, '5'], false],
  ['contains', ['5', 5], false],
  ['starts', ['kitchen', 'kit'], true],
  ['starts', ['kit', 'kitchen'], false],
  ['ends', ['kitchen', 'hen'], true],
  ['ends', [null, ''], false],
  ['precedes', ['a', 'b'], true],
  ['precedes', ['b', 'a'], false],
  ['precedes', ['a', 'a'], false],
  ['precedes', ['a', 'aa'], true],
  ['precedes', ['Z', 'a'], true],
  ['precedes', ['\uffff', '\u{1f600}'], true],
  ['matches', ['sensor.hall_2', '^sensor\\..*_\\d$'], true],
  ['matches', ['Hall', '(?i)hall'], true],
  ['matches', ['Hall', 'hall'], false],
  ['matches', ['Hall', '('], false],
  ['lower', ['HaLL'], 'hall'],
  ['upper', ['straße'], 'STRASSE'],
  ['upper', [3], null],
  ['capital', ['hALL way'], 'Hall way'],
  ['title', ["bob's living-room (east)"], "Bob's Living-Room (East)"],
  ['trim', [' a b\n'], 'a b'],
  ['length', ['häll'], 4],
  ['length', ['a\u{1f600}b'], 3],
  ['length', [''], 0],
  ['length', [12], null],
  ['slice', ['kitchen', 0, 3], 'kit'],
  ['slice', ['kitchen', -3, null], 'hen'],
  ['slice', ['kitchen', 2, -2], 'tch'],
  ['slice', ['kitchen', 5, 2], ''],
  ['slice', ['a\u{1f600}b', 1, 2], '\u{1f600}'],
  ['slice', ['kitchen', 0.5, 2], null],
  ['replace', ['a_b_c', '_', ' '], 'a b c'],
  ['replace', ['aaa', 'aa', 'b'], 'ba'],
  ['replace', ['a', '', 'b'], 'a'],
  ['replace', ['a$b', '$', '$&'], 'a$&b'],
  ['rewrite', ['a  b   c', ' +', ' '], 'a b c'],
  ['rewrite', ['06:00', '0(\\d):', '$1:'], '6:00'],
  ['rewrite', ['a.b', '(?i)A', '$$'], '$.b'],
  ['rewrite', ['ab', '(', 'x'], null],
  ['rewrite', [3, 'a', 'x'], null],
  ['part', ['light.kitchen', '.', 1], 'kitchen'],
  ['part', ['light.kitchen', '.', -1], 'kitchen'],
  ['part', ['light.kitchen', '.', 2], null],
  ['part', ['  a  b ', null, 1], 'b'],
  ['part', ['', ',', 0], ''],
  ['found', ['a1b22', '\\d+', 1], '22'],
  ['found', ['a1b22', 'b(\\d)', 0], '2'],
  ['found', ['a1b22', '\\d+', 2], null],
  ['moment', ['1970-01-01', 0], 0],
  ['moment', ['1970-01-02T00:00:00', 0], 86_400],
  ['moment', ['2024-02-29 12:00:00+00:00', 0], 1_709_208_000],
  ['moment', ['2024-02-29T12:00:00+02:00', 0], 1_709_200_800],
  ['moment', ['2024-02-29T12:00:00-0230', 99], 1_709_217_000],
  ['moment', ['2024-02-29T12:00:00Z', 3600], 1_709_208_000],
  ['moment', ['2024-02-29T12:00:00', 3600], 1_709_204_400],
  ['moment', ['2024-02-29T12:00:00.25', 0], 1_709_208_000.25],
  ['moment', ['2023-02-29', 0], null],
  ['moment', ['1900-02-29', 0], null],
  ['moment', ['2000-02-29', 0], 951_782_400],
  ['moment', ['2024-01-01T24:00', 0], null],
  ['moment', ['unknown', 0], null],
  ['moment', ['0001-01-01', 0], -62_135_596_800],
  ['clock', ['6:30'], 23_400],
  ['clock', ['06:30:15'], 23_415],
  ['clock', ['24:00'], null],
  ['clock', ['noon'], null],
  ['date', [0, 0, '%Y-%m-%d %H:%M:%S'], '1970-01-01 00:00:00'],
  ['date', [1_709_208_000, 3600, '%A %-d %B %Y, %-I:%M %p %z'], 'Thursday 29 February 2024, 1:00 PM +0100'],
  ['date', [1_709_208_000, 0, '%j %u %w %a %b %y %%'], '060 4 4 Thu Feb 24 %'],
  ['date', [-1, 0, '%Y-%m-%dT%H:%M:%S.%f'], '1969-12-31T23:59:59.000000'],
  ['date', [0.5, 0, '%S.%f'], '00.500000'],
  ['date', [1_704_067_199, 0, '%Y %j'], '2023 365'],
  ['date', [1_704_067_199, 0, '%U %W'], '53 52'],
  ['date', [1_704_067_200, 0, '%U %W'], '00 01'],
  ['date', [1e15, 0, '%Y'], null],
  ['date', [0, 0, '%Q'], null],
  ['date', [0, -12_600, '%H:%M %z'], '20:30 -0330'],
  ['date', [0, 5400, '%H%:z'], '01+01:30'],
  ['date', ['x', 0, '%Y'], null],
]

describe('the interpreter', () => {
  it.each(table)('%s of %j is %j', (operator, given, expected) => {
    expect(result(operator, ...given)).toEqual(expected)
  })
  it('has every operator in the table', () => {
    expect(new Set(table.map(([operator]) => operator))).toEqual(new Set(Object.keys(textResults)))
  })
  it('agrees with the calendar of the machine', () => {
    const dice = diceOf(5)
    for (let round = 0; round < 2_000; round++) {
      const at = dice.below(8_000_000_000) - 3_000_000_000
      const text = new Date(at * 1000).toISOString().slice(0, 19)
      expect(result('date', at, 0, '%Y-%m-%dT%H:%M:%S')).toBe(text)
      expect(result('moment', text, 0)).toBe(at)
    }
  })
})

describe('the compiler', () => {
  const texts = ['', ' On', 'None', 'True', 'a.b', 'light.hall', 'light.hall.b', '3', '3.5', 'ON', 'on', '.', 'l', 'float'].sort()
  const draw = (dice: ReturnType<typeof diceOf>): Value => dice.pick<Value>([...texts, 0, 1, -1, 3, 3.5, true, null])

  it('gives the interpreter’s value, or leaves it open, for constants and for one open text', () => {
    const dice = diceOf(11)
    let settled = 0
    for (let round = 0; round < 20_000; round++) {
      const operator = dice.pick(Object.keys(textResults) as TextOperator[])
      const given = Array.from({ length: 1 + dice.below(3) }, () => draw(dice))
      const place = dice.below(given.length)
      const parts = given.map((one, index): AutomationExpression => (index === place ? read('x') : val(one)))
      const expected = toValue(evaluate(apply(operator, ...parts), { ...nothing, attribute: () => evaluate(val(given[place]!), nothing) }))
      const set = abstractValue(apply(operator, ...parts), { attribute: () => setOf(given[place]!), local: () => setOf(null) })
      expect(contains(set, expected), `${operator} ${JSON.stringify(given)}`).toBe(true)
      const coding = createCoding(texts)
      const made = symbolicValue(
        apply(operator, ...parts),
        { attribute: () => coding.constant(given[place]!), local: () => coding.constant(null), any: () => coding.constant(null) },
        coding,
      )
      if (!isConstant(made)) continue
      settled++
      const same = coding.constant(typeof expected === 'string' && !texts.includes(expected) ? null : expected)
      expect(made, `${operator} ${JSON.stringify(given)}`).toEqual(same)
    }
    expect(settled).toBeGreaterThan(5_000)
  })
})
