// What is said of broken target conditions, where, and with which advice; and what sound ones mean.
import { describe, expect, it } from 'vitest'
import { printDiagnostics } from '../../src/diagnostics/print.ts'
import { conditionHolds } from '../../src/expression/rule-condition.ts'
import type { QueryProperty } from '../../src/expression/evaluate-query.ts'
import { readCondition } from '../../src/formats/azure/condition.ts'
import { readConfigurations } from '../../src/formats/azure/read-configurations.ts'

/** The fault's marked text, code, message and hint. */
function fault(text: string): readonly (string | undefined)[] {
  const read = readCondition(text)
  if (!('code' in read)) throw new Error(`read: ${JSON.stringify(read)}`)
  return [text.slice(read.start, read.end), read.code, read.message, read.hint]
}

describe('a broken condition', () => {
  it.each([
    ['', ['', 'empty', 'the condition is empty', 'maybe `*`, which is every device']],
    ["tag.env = 'x'", ['tag', 'unknown-property', 'a device has no `tag`', 'maybe `tags`?']],
    ["TAGS.env = 'x'", ['TAGS', 'unknown-property', 'a device has no `TAGS`', 'maybe `tags`?']],
    ['env = 1', ['env', 'unknown-property', 'a device has no `env`', 'maybe `tags` or `properties.reported` stands before it']],
    [
      'properties.report.a = 1',
      ['properties.report.a', 'unknown-property', '`properties.report.a` is neither reported nor desired', 'maybe `properties.reported`?'],
    ],
    ["tags.a = 'x", ["'x", 'text', 'a text is not closed by its quote', undefined]],
    ["tags.a = 'x\\n'", ['\\n', 'text', '`\\n` is no escape; known are \\\' \\" \\\\ and \\uXXXX', undefined]],
    ['tags.a =', ['', 'syntax', 'a property, a value or a condition is expected, not the end of the condition', undefined]],
    ['tags.a = tags.b = 1', ['=', 'syntax', '`=` cannot follow a condition', 'maybe `AND` or `OR` is missing']],
    ['tags.a = 1 tags.b = 2', ['tags', 'syntax', '`tags` cannot follow a condition', 'maybe `AND` or `OR` is missing']],
    ['(tags.a = 1', ['(', 'syntax', 'the `(` is not closed', undefined]],
    ['tags.a = 1)', [')', 'parenthesis', '`)` without `(`', undefined]],
    ['tags.a == 1', ['=', 'syntax', 'a property, a value or a condition is expected, not `=`', undefined]],
    ['!tags.a', ['!', 'sign', '`!` is not known here', 'maybe `NOT`']],
    ['tags.a + 1 > 2', ['+', 'arithmetic', 'arithmetic is not analysed', undefined]],
    ["tags.a IN ('x')", ['(', 'syntax', 'a list stands in square brackets', "maybe `['a', 'b']`"]],
    ['tags.a IN []', ['[', 'syntax', 'the list is empty', undefined]],
    ['tags.a IN [tags.b]', ['tags.b', 'syntax', 'lists hold values only', undefined]],
    [
      'tags.a = null',
      ['null', 'null', 'what IoT Hub makes of a comparison with `null` is not documented', 'maybe `is_defined(...)` asks what you need'],
    ],
    [
      'is_define(tags.a)',
      ['is_define', 'unknown-function', 'no function of conditions on devices is called `is_define`', 'maybe `is_defined`?'],
    ],
    ['STARTSWITH(tags.a)', ['STARTSWITH', 'syntax', '`STARTSWITH` needs a text behind the property', undefined]],
    ['STARTSWITH(tags.a, 5)', ['5', 'syntax', '`STARTSWITH` needs a text in quotes, not `5`', undefined]],
    ["'a' = 'b'", ["'a'", 'syntax', 'two values are compared, and no property', undefined]],
    [
      'SELECT * FROM devices',
      ['SELECT', 'select', 'a whole query stands here, a condition is needed', 'maybe only what follows its `WHERE`'],
    ],
    ['tags.a[0] = 1', ['[', 'syntax', 'members of lists are not read', undefined]],
    ['* AND tags.a = 1', ['*', 'syntax', '`*` stands alone, for every device', undefined]],
  ])('%s', (text, expected) => {
    expect(fault(text)).toEqual(expected)
  })

  it('nested too deep is refused, not a crash', () => {
    expect(fault(`${'('.repeat(5_000)}tags.a = 1`)[1]).toBe('too-deep')
    expect(fault(`${'NOT '.repeat(3_000)}tags.a = 1`)[1]).toBe('too-deep')
  })

  it('is marked in its file', () => {
    const text = `[\n  {"id": "a", "priority": 1, "targetCondition": "tags.a = 1 AND tag.b = 2"}\n]\n`
    const read = readConfigurations({ name: 'hub.json', text })
    if (read.ok) throw new Error('read')
    expect(printDiagnostics(read.diagnostics, new Map([['hub.json', text]]))).toBe(
      [
        'hub.json:2:65 error azure/unknown-property  a device has no `tag`',
        '    2 |   {"id": "a", "priority": 1, "targetCondition": "tags.a = 1 AND tag.b = 2"}',
        '      |                                                                 ^^^',
        '   maybe `tags`?',
      ].join('\n'),
    )
  })

  it.each([
    ['[{"targetCondition": "*"}]', '`[0].id` is missing'],
    ['[{"id": "a", "priority": "high"}]', '`[0].priority` must be a number, not the text "high"'],
    ['{"configurations": 5}', '`configurations` must be a list, not the number 5'],
    ['[5]', '`[0]` must be a mapping, not the number 5'],
  ])('%s', (text, message) => {
    const read = readConfigurations({ name: 'hub.json', text })
    expect(read.diagnostics.map((diagnostic) => diagnostic.message)).toEqual([message])
    expect(read.ok).toBe(false)
  })
})

describe('a sound condition', () => {
  const device: Readonly<Record<string, QueryProperty>> = {
    deviceId: 'd1',
    'tags.env': 'prod',
    'tags.floor': 3,
    'tags.place': { is: 'object' },
    'tags.place.[[a b]]': 'x',
    'properties.reported.on': true,
  }
  it.each([
    ['*', true],
    ["tags.env='prod'", true],
    ["tags.env = 'Prod'", false],
    ['tags.floor >= 2.5 and tags.floor < 0x10', true],
    ["5 > tags.floor OR tags.gone = 'x'", true],
    ['tags.gone = 1', undefined],
    ['NOT (tags.gone = 1)', undefined],
    ['tags.gone != 1', undefined],
    ['NOT is_defined(tags.gone)', true],
    ['IS_DEFINED(tags.place)', true],
    ['tags.place = 1', undefined],
    ["tags.place.[[a b]] = 'x'", true],
    ['tags.env IN [\'test\', "prod"]', true],
    ["tags.env NIN ['test', 'prod']", false],
    ['tags.gone NIN [1]', undefined],
    ["tags.floor = '3'", false],
    ["tags.floor <> '3'", true],
    ["tags.floor < '4'", undefined],
    ["STARTSWITH(tags.env, 'pr') AND endswith(tags.env, 'od')", true],
    ["STARTSWITH(tags.floor, '3')", undefined],
    ['properties.reported.on', true],
    ['NOT properties.reported.on = false', true],
    ['tags.env = tags.env AND tags.env != tags.floor', true],
    ["deviceId = 'd1' AND NOT deviceId = 'd2' OR tags.floor = -1", true],
    ["tags.env = 'it''s' OR tags.env = '\\u0070rod'", true],
  ])('%s', (text, expected) => {
    const read = readCondition(text)
    if ('code' in read) throw new Error(read.message)
    expect(conditionHolds({ language: 'query', query: read }, (name) => device[name])).toBe(expected)
  })
})
