// Templates of Home Assistant against values computed by hand from the documentation of Jinja and Home Assistant, against a small evaluator of their own, and against garbage.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Wanted } from '../../src/formats/home-assistant/jinja/template-value.ts'
import { translateTemplate } from '../../src/formats/home-assistant/jinja/translate.ts'
import type { Value } from '../../src/model/automation.ts'
import { context, valueOf, translated, ROWS } from '../fixtures/template-rows.ts'

describe('templates', () => {
  it('has enough cases', () => expect(ROWS.length).toBeGreaterThan(150))

  it.each(ROWS.map(([template, expected, states, wanted]) => ({ template, expected, states, wanted })))(
    '$template is $expected',
    ({ template, expected, states, wanted }) => {
      const result = translated(template, wanted ?? (typeof expected === 'boolean' ? 'condition' : 'any'))
      expect(result.reasons).toEqual([])
      expect(result.exact).toBe(true)
      const found = valueOf(result.value, states)
      if (typeof expected === 'number') expect(found).toBeCloseTo(expected, 9)
      else expect(found).toBe(expected)
    },
  )

  it('gives lists of entities', () => {
    const items = (template: string): unknown => {
      const { structure } = translated(template, 'list')
      return structure.is === 'list'
        ? structure.items.map((item) => (item.is === 'expression' && item.expression.is === 'value' ? item.expression.value : item))
        : structure
    }
    expect(items("{{ ['light.a', 'light.b'] }}")).toEqual(['light.a', 'light.b'])
    expect(items('light.a, light.b')).toEqual(['light.a', 'light.b'])
    expect(items('{% for l in lights %}{{ l }}{% if not loop.last %}, {% endif %}{% endfor %}')).toEqual(['light.a', 'light.b'])
    expect(items("{{ states.light | map(attribute='entity_id') | list }}")).toEqual(['light.a', 'light.b', 'light.c'])
  })

  it('says where a template fails', () => {
    const { fails } = translated("{{ states('sensor.open') | float + 1 }}", 'any')
    expect(valueOf(fails)).toBe(true)
    expect(valueOf(fails, { 'sensor.open': 2 })).toBe(false)
    expect(valueOf(translated("{{ states('sensor.open') | float(0) + 1 }}", 'any').fails)).toBe(false)
    expect(valueOf(translated("{{ is_state('light.a', 'off') and states('sensor.open') | float > 1 }}", 'any').fails)).toBe(false)
  })

  it('keeps what it knows beside what it does not', () => {
    const result = translated("{{ is_state('light.a', 'on') and states('sensor.word') | mystery > 3 }}", 'condition')
    expect(result.exact).toBe(false)
    expect(result.reasons).toEqual(['the filter `mystery` is not modelled'])
    const values = (states: Readonly<Record<string, Value>>): unknown => [
      ...new Set([true, false].map((open) => valueOf(result.value, states, () => open))),
    ]
    expect(values({ 'light.a': 'off' })).toEqual([false])
    expect(values({})).toEqual([true, false])
  })

  it('says what it reads and what it takes for granted', () => {
    const result = translated("{{ states('sensor.season') | lower == 'summer' and is_state('light.a', 'on') }}", 'condition')
    expect(result.reads).toEqual(['light.a', 'sensor.season'])
    expect(result.assumptions).toEqual([])
    expect(translated("{{ 'a' ~ states('sensor.temp') }}", 'text').assumptions).toHaveLength(1)
  })

  it.each([
    ['{{ states( }}', 11],
    ['{{ 1 +', 2],
    ['{% if x %}y', 11],
    ['{% nonsense %}', 0],
    ["{{ 'abc }}", 3],
    ['{{ a b }}', 5],
  ])('refuses %s', (template, offset) => {
    const result = translateTemplate(template, context, 'any')
    expect(result).toMatchObject({ ok: false, offset })
  })
})

/** Random templates over three lights and a number, and what they are by a few plain lines. */
interface Made {
  readonly text: string
  readonly value: (world: World) => boolean
}
interface World {
  readonly a: string
  readonly b: string
  readonly temp: number
  readonly open: Value
}
const made = fc.letrec<{ made: Made }>((tie) => ({
  made: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'made' },
    fc.constantFrom('on', 'off').map((state): Made => ({ text: `is_state('light.a', '${state}')`, value: (w) => w.a === state })),
    fc.constantFrom('on', 'off', 'x').map((state): Made => ({ text: `states.light.b.state == '${state}'`, value: (w) => w.b === state })),
    fc
      .integer({ min: -3, max: 3 })
      .map((n): Made => ({ text: `states('sensor.temp') | int > ${n}`, value: (w) => Math.trunc(w.temp) > n })),
    fc
      .integer({ min: -3, max: 3 })
      .map((n): Made => ({ text: `states('sensor.open')|float(${n}) <= 1`, value: (w) => (typeof w.open === 'number' ? w.open : n) <= 1 })),
    fc.constantFrom('a', 'b').map((of): Made => ({ text: `'f' in states('light.${of}')`, value: (w) => w[of] === 'off' })),
    fc.integer({ min: 0, max: 3 }).map((n): Made => ({
      text: `['light.a', 'light.b'] | select('is_state', 'on') | list | count == ${n}`,
      value: (w) => [w.a, w.b].filter((one) => one === 'on').length === n,
    })),
    tie('made').map((of): Made => ({ text: `not (${of.text})`, value: (w) => !of.value(w) })),
    fc
      .tuple(tie('made'), tie('made'))
      .map(([x, y]): Made => ({ text: `(${x.text}) and (${y.text})`, value: (w) => x.value(w) && y.value(w) })),
    fc
      .tuple(tie('made'), tie('made'))
      .map(([x, y]): Made => ({ text: `(${x.text}) or (${y.text})`, value: (w) => x.value(w) || y.value(w) })),
    fc.tuple(tie('made'), tie('made'), tie('made')).map(([c, x, y]): Made => ({
      text: `((${x.text}) if ${c.text} else (${y.text}))`,
      value: (w) => (c.value(w) ? x.value(w) : y.value(w)),
    })),
    fc
      .tuple(tie('made'), tie('made'))
      .map(([x, y]): Made => ({ text: `(${x.text}) == (${y.text})`, value: (w) => x.value(w) === y.value(w) })),
  ),
}))

const worlds: readonly World[] = ['on', 'off'].flatMap((a) =>
  ['on', 'off'].flatMap((b) => [-1.5, 0, 2.5].flatMap((temp) => ['unavailable', 0.5, 3].map((open) => ({ a, b, temp, open })))),
)

describe('random templates', () => {
  it('mean what a few plain lines say', () => {
    let both = 0
    fc.assert(
      fc.property(
        made.made,
        fc.constantFrom('{{ X }}', '{% if X %} true {% endif %}', '{% set v = X %}{{ v }}', "{{ iif(X, 'TRUE', 'no') }}"),
        (of, frame) => {
          const result = translated(frame.replace('X', of.text), 'condition')
          expect(result.exact).toBe(true)
          const truths = worlds.map((world) => {
            const states = { 'light.a': world.a, 'light.b': world.b, 'sensor.temp': world.temp, 'sensor.open': world.open }
            expect(valueOf(result.value, states), of.text).toBe(of.value(world))
            return of.value(world)
          })
          if (new Set(truths).size === 2) both += 1
        },
      ),
      { seed: 7, numRuns: 400 },
    )
    expect(both).toBeGreaterThan(100)
  })
})

describe('garbage', () => {
  it('never throws and never hangs', () => {
    const templates = ROWS.map(([template]) => template)
    const pieces = [
      '{{',
      '}}',
      '{%',
      '%}',
      '|',
      '(',
      ')',
      '[',
      ']',
      "'",
      '~',
      ' if ',
      ' else ',
      '.',
      ',',
      'states',
      'for',
      '{% endif %}',
      '{% endfor %}',
      'namespace',
      '\\',
      '0',
      'x',
    ]
    let refused = 0
    let read = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...templates),
        fc.constantFrom(...templates),
        fc.array(fc.tuple(fc.nat(200), fc.nat(6), fc.constantFrom(...pieces)), { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Wanted>('condition', 'truth', 'number', 'text', 'list', 'any'),
        (first, second, edits, wanted) => {
          const mutated = edits.reduce(
            (now, [at, cut, piece]) => now.slice(0, at % (now.length + 1)) + piece + now.slice((at % (now.length + 1)) + cut),
            edits.length % 2 === 0 ? first : first + second,
          )
          if (translateTemplate(mutated, context, wanted).ok) read += 1
          else refused += 1
        },
      ),
      { seed: 11, numRuns: 2000 },
    )
    expect(refused).toBeGreaterThan(300)
    expect(read).toBeGreaterThan(300)
  })

  it.each([
    ['nested brackets', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`],
    ['a long chain', `{{ 1${' + 1'.repeat(20_000)} }}`],
    ['loops in loops', `${'{% for i in range(100) %}'.repeat(4)}{{ i }}${'{% endfor %}'.repeat(4)}`],
    ['a macro that calls itself', '{% macro f(x) %}{{ f(x + 1) }}{% endmacro %}{{ f(0) }}'],
    ['many choices', "{{ states('input_select.mode') }}".repeat(40)],
    ['growing sums', `{% set x = states('sensor.temp')|float %}${'{% set x = x * x + x %}'.repeat(60)}{{ x }}`],
    ['a slow pattern', "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' | regex_match('(a+)+$') }}"],
    ['nested lists', `{{ ${'['.repeat(90)}${']'.repeat(90)} }}`],
    ['an endless text', `{{ 'x' * 100000000 }}`],
  ])('ends on %s', (_, template) => {
    expect(translateTemplate(template, context, 'any')).toHaveProperty('ok')
  })
})
