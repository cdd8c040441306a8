import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { lineStarts, offsetAt, positionAt } from '../../src/diagnostics/position.ts'
import { printDiagnostics } from '../../src/diagnostics/print.ts'
import { maybe, suggest } from '../../src/diagnostics/suggest.ts'

const text = `${'\n'.repeat(30)}    requires: device.ram >= "512"\n${'\n'.repeat(12)}  comfort-egde: {}\n`
const range = (line: number, start: number, end: number, lastLine = line) => ({
  start: { line, column: start },
  end: { line: lastLine, column: end },
})
const one = (part: Partial<Diagnostic>): Diagnostic => ({
  code: 'model/x',
  severity: 'error',
  message: 'wrong',
  at: { source: 'a' },
  ...part,
})
const print = (source: string, part: Partial<Diagnostic>): string => printDiagnostics([one(part)], new Map([['a', source]]))

describe('diagnostics print', () => {
  it('as a place, a sentence, the line and advice', () => {
    const printed = printDiagnostics(
      [
        one({
          code: 'expression/type',
          message: '`device.ram` is int (MB), compared with text',
          hint: 'maybe `device.ram >= 512`',
          at: { source: 'building.yaml', range: range(31, 29, 34) },
        }),
        one({
          code: 'model/unknown-variant',
          severity: 'warning',
          message: 'no variant is called `comfort-egde`',
          hint: 'maybe `comfort-edge`?',
          at: { source: 'building.yaml', range: range(44, 3, 15) },
        }),
      ],
      new Map([['building.yaml', text]]),
    )
    expect(printed).toBe(
      [
        'building.yaml:31:29 error expression/type  `device.ram` is int (MB), compared with text',
        '   31 |     requires: device.ram >= "512"',
        '      |                             ^^^^^',
        '   maybe `device.ram >= 512`',
        'building.yaml:44:3 warning model/unknown-variant  no variant is called `comfort-egde`',
        '   44 |   comfort-egde: {}',
        '      |   ^^^^^^^^^^^^',
        '   maybe `comfort-edge`?',
      ].join('\n'),
    )
  })

  it('without a range: the path of keys', () => {
    expect(print('', { at: { source: 'a', path: ['devices', 3, 'allowed', 0, 'odd key'] } })).toBe(
      'a error model/x  devices[3].allowed[0]["odd key"]: wrong',
    )
    expect(print('', {})).toBe('a error model/x  wrong')
  })

  it('without the text, or beyond it: no line', () => {
    expect(printDiagnostics([one({ at: { source: 'other', range: range(1, 1, 2) } })], new Map())).toBe('other:1:1 error model/x  wrong')
    expect(print('x', { at: { source: 'a', range: range(7, 1, 2) } })).toBe('a:7:1 error model/x  wrong')
    expect(printDiagnostics([], new Map())).toBe('')
  })

  it('mark at least one character, and of several lines the first', () => {
    expect(
      print('abc\ndef\n', { at: { source: 'a', range: range(1, 4, 4) } })
        .split('\n')
        .slice(1),
    ).toEqual(['    1 | abc', '      |    ^'])
    expect(
      print('abc\r\ndef\r\n', { at: { source: 'a', range: range(1, 2, 2, 2) } })
        .split('\n')
        .slice(1),
    ).toEqual(['    1 | abc', '      |  ^^'])
  })

  it('a line of ten megabytes short, the place in view', () => {
    const long = `${'x'.repeat(5_000_000)}BAD${'y'.repeat(5_000_000)}`
    const [, line, marks] = print(long, { at: { source: 'a', range: range(1, 5_000_001, 5_000_004) } }).split('\n')
    expect(line!.length).toBeLessThan(120)
    expect(line!.slice(marks!.indexOf('^'), marks!.lastIndexOf('^') + 1)).toBe('BAD')
    const whole = print(long, { message: 'm'.repeat(1_000_000), at: { source: 'a', range: range(1, 1, 10_000_000) } })
    expect(whole.length).toBeLessThan(3000)
  })

  it('nothing that a terminal would obey', () => {
    const printed = print('a\u0000\tb\u001b[31m\u202ec', {
      message: 'found `\u0000\u001b[2J`\nand',
      hint: 'maybe \ud800',
      at: { source: 'a', range: range(1, 4, 5) },
    })
    expect(printed.split('\n')).toEqual([
      'a:1:4 error model/x  found `\\x00\\x1b[2J`\\nand',
      '    1 | a\\x00 b\\x1b[31m\\u202ec',
      '      |       ^',
      '   maybe \\ud800',
    ])
  })

  it('in colour where asked, the same words', () => {
    const diagnostic = one({ at: { source: 'a', range: range(1, 1, 2) } })
    const coloured = printDiagnostics([diagnostic], new Map([['a', 'x']]), { colour: true })
    expect(coloured).toContain('\u001b[31m')
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(print('x', { at: diagnostic.at }))
  })
})

describe('suggestions', () => {
  it('are near names only', () => {
    expect(suggest('comfort-egde', ['comfort-edge', 'comfort-cloud', 'eco'])).toBe('comfort-edge')
    expect(suggest('eco2', ['eco'])).toBe('eco')
    expect(suggest('rma', ['ram', 'arm'])).toBe('ram')
    expect(suggest('ECO', ['eco'])).toBe('eco')
    expect(suggest('abc', ['xyz', 'abd-long-name'])).toBeUndefined()
    expect(suggest('', ['a'])).toBeUndefined()
    expect(suggest('x'.repeat(100_000), ['x'])).toBeUndefined()
    expect(maybe('eco2', ['eco'])).toEqual({ hint: 'maybe `eco`?' })
    expect(maybe('eco2', [])).toEqual({})
  })

  it('do not depend on the order of the candidates', () => {
    expect(suggest('eca', ['ecb', 'eco'])).toBe('ecb')
    expect(suggest('eca', ['eco', 'ecb'])).toBe('ecb')
  })
})

describe('positions', () => {
  it('go from offsets to lines and back', () => {
    const sample = 'ab\n\ncd🙂e\r\nf'
    const starts = lineStarts(sample)
    for (let offset = 0; offset <= sample.length; offset++) expect(offsetAt(starts, positionAt(starts, offset))).toBe(offset)
    expect(positionAt(starts, 0)).toEqual({ line: 1, column: 1 })
    expect(positionAt(starts, 2)).toEqual({ line: 1, column: 3 })
    expect(positionAt(starts, 3)).toEqual({ line: 2, column: 1 })
    expect(positionAt(starts, 8)).toEqual({ line: 3, column: 5 })
    expect(positionAt(starts, sample.length)).toEqual({ line: 4, column: 2 })
  })
})
