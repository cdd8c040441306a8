/** Reads safety properties: a library of templates, and files that ask for some of them, with parameters, and add their own. */
import { z } from 'zod'
import { defaultPropertiesText } from '../../../constraints/properties/default-text.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { Read, Source } from '../../diagnostics/diagnostic.ts'
import type { DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import type { EffectCatalogue, SafetyTemplate, TemplateClause } from '../../model/environment.ts'
import { type Reading, say, shaped } from '../../model/reading.ts'
import { readAmount } from '../../model/units.ts'
import { defaultEffects } from './read-effects.ts'

const valueShape = z.union([z.boolean(), z.number(), z.string()])
const classesShape = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])
const boundShape = z.union([z.number(), z.string().min(1)])
const clauseShape = z.strictObject({
  some: classesShape.optional(),
  all: classesShape.optional(),
  attribute: z.string().min(1).optional(),
  is: z.union([valueShape, z.array(valueShape).min(1)]).optional(),
  is_not: z.union([valueShape, z.array(valueShape).min(1)]).optional(),
  above: boundShape.optional(),
  below: boundShape.optional(),
  does: z.record(z.string(), z.enum(['up', 'down', 'exchange'])).optional(),
  where: z.literal('same').optional(),
})
type WrittenClause = z.infer<typeof clauseShape>
const templateShape = z.strictObject({
  says: z.string().min(1),
  hazard: z.string().min(1).default("the user's own"),
  source: z.string().min(1).default("the user's own"),
  parameters: z
    .record(z.string(), z.strictObject({ default: z.number(), unit: z.string().optional(), says: z.string().optional() }))
    .default({}),
  never: z.array(clauseShape).min(1).optional(),
  always: z.array(clauseShape).min(1).optional(),
  when: z.array(clauseShape).min(1).optional(),
  while: z.array(clauseShape).min(1).optional(),
  after: z.array(clauseShape).min(1).optional(),
  then: z.array(clauseShape).min(1).optional(),
  within: z.union([z.number().min(0), z.string().min(1)]).optional(),
})
type WrittenTemplate = z.infer<typeof templateShape>
const useShape = z.union([
  z.literal('default'),
  z.array(z.union([z.string().min(1), z.record(z.string(), z.record(z.string(), z.number()))])),
])
const sectionShape = { use: useShape.default([]), properties: z.record(z.string(), templateShape).default({}) }
const fileShape = z.strictObject({ 'fleetproof-properties': z.literal(1), ...sectionShape })
const insideShape = z.strictObject(sectionShape)

/** A template of the library, before its parameters are put in. */
export interface LibraryTemplate {
  readonly id: string
  readonly written: WrittenTemplate
  readonly path: DocumentPath
}

/** The properties that a file asks for. */
export function readProperties(source: Source, effects: EffectCatalogue): Read<readonly SafetyTemplate[]> {
  const text = readYaml(source)
  if (!text.ok) return text
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const written = shaped(reading, fileShape, text.value.value, [])
  const value = written === undefined ? [] : asked(reading, written, [], effects)
  const { diagnostics } = reading
  return diagnostics.some(({ severity }) => severity === 'error') ? { ok: false, diagnostics } : { ok: true, value, diagnostics }
}

/** The section at `path` of another file. */
export function readPropertiesSection(
  reading: Reading,
  value: unknown,
  path: DocumentPath,
  effects: EffectCatalogue,
): readonly SafetyTemplate[] {
  const written = shaped(reading, insideShape, value, path)
  return written === undefined ? [] : asked(reading, written, path, effects)
}

/** All of the library that speak of what automations themselves bring about. */
export function defaultSafety(): readonly SafetyTemplate[] {
  return defaultLibrary().filter(({ form }) => form === 'never')
}

/** Every template of the library with the parameters that it suggests. */
export function defaultLibrary(): readonly SafetyTemplate[] {
  const { reading, templates } = library()
  return templates.flatMap((template) => made(reading, template, {}, template.path, defaultEffects()) ?? [])
}

function asked(
  reading: Reading,
  written: z.infer<typeof insideShape>,
  path: DocumentPath,
  effects: EffectCatalogue,
): readonly SafetyTemplate[] {
  const base = library()
  const known = new Map(base.templates.map((template) => [template.id, template]))
  const wanted: readonly (string | Readonly<Record<string, Readonly<Record<string, number>>>>)[] =
    written.use === 'default' ? [] : written.use
  const used = wanted.flatMap((one, index) =>
    (typeof one === 'string' ? [[one, {}] as const] : Object.entries(one)).flatMap(([id, parameters]) => {
      const template = known.get(id)
      const here = [...path, 'use', index]
      if (template !== undefined)
        return made({ ...base.reading, diagnostics: reading.diagnostics }, template, parameters, here, effects, reading) ?? []
      say(reading, here, 'unknown-safety-property', `the library has no safety property \`${id}\``, maybe(id, known.keys()))
      return []
    }),
  )
  const own = Object.entries(written.properties).flatMap(([id, one]) => {
    const here = [...path, 'properties', id]
    return made(reading, { id, written: one, path: here }, {}, here, effects) ?? []
  })
  return [...(written.use === 'default' ? defaultSafety() : []), ...used, ...own]
}

interface Library {
  readonly reading: Reading
  readonly templates: readonly LibraryTemplate[]
}
let read: Library | undefined

function library(): Library {
  if (read !== undefined) return read
  const text = readYaml({ name: 'constraints/properties/default.yaml', text: defaultPropertiesText })
  if (!text.ok) throw new EngineError('formats/default-properties', text.diagnostics.map(({ message }) => message).join('; '))
  const reading: Reading = { document: text.value, diagnostics: [] }
  const written = shaped(reading, fileShape, text.value.value, [])
  if (written === undefined)
    throw new EngineError('formats/default-properties', reading.diagnostics.map(({ message }) => message).join('; '))
  const templates = Object.entries(written.properties).map(([id, one]) => ({ id, written: one, path: ['properties', id] }))
  read = { reading, templates }
  return read
}

/** The template with its parameters put in; undefined after saying what is wrong. `asker` is who gives the parameters, where that is another document. */
function made(
  reading: Reading,
  { id, written, path }: LibraryTemplate,
  parameters: Readonly<Record<string, number>>,
  at: DocumentPath,
  effects: EffectCatalogue,
  asker: Reading = reading,
): SafetyTemplate | undefined {
  const before = reading.diagnostics.length
  const names = Object.keys(written.parameters)
  for (const name of Object.keys(parameters))
    if (!names.includes(name)) say(asker, at, 'unknown-parameter', `\`${id}\` has no parameter \`${name}\``, maybe(name, names))
  const numbers = new Map(Object.entries(written.parameters).map(([name, { default: number }]) => [name, parameters[name] ?? number]))
  const parts = partsOf(reading, id, written, path)
  const clauses = (list: readonly WrittenClause[], key: string): readonly TemplateClause[] =>
    list.flatMap((one, index) => clauseOf(reading, one, [...path, key, index], numbers, effects) ?? [])
  const template: SafetyTemplate = {
    ...{ id, says: written.says, hazard: written.hazard, source: written.source },
    form: parts.form,
    when: clauses(written[parts.when] ?? [], parts.when),
    must: parts.must === undefined ? [] : clauses(written[parts.must] ?? [], parts.must),
    ...(parts.milliseconds === undefined ? {} : { milliseconds: parts.milliseconds }),
    at: asker.document.locate(at),
  }
  return reading.diagnostics.length > before ? undefined : template
}

type Part = 'never' | 'always' | 'when' | 'while' | 'after' | 'then'

interface Parts {
  readonly form: SafetyTemplate['form']
  readonly when: Part
  readonly must?: Part
  readonly milliseconds?: number
}

/** Which of the written clauses are what: `never`; `always` with `when` (or `while`, which says the same); `after` with `then` or `never`, and `within`. */
function partsOf(reading: Reading, id: string, written: WrittenTemplate, path: DocumentPath): Parts {
  const wrong = (key: string | undefined, message: string, hint?: string): void => {
    say(reading, key === undefined ? path : [...path, key], 'wrong-value', message, hint === undefined ? {} : { hint })
  }
  const has = (key: Part | 'within'): boolean => written[key] !== undefined
  if (has('after')) {
    for (const key of ['always', 'when', 'while'] as const) if (has(key)) wrong(key, `\`${key}\` does not go with \`after\``)
    if (has('then') === has('never')) wrong(undefined, `\`${id}\` needs either \`then\` or \`never\` beside \`after\``)
    const form = has('then') ? 'leads' : 'never-after'
    return { form, when: 'after', must: has('then') ? 'then' : 'never', milliseconds: withinOf(reading, written.within, path) }
  }
  for (const key of ['then', 'within'] as const) if (has(key)) wrong(key, `\`${key}\` belongs to \`after\``)
  if (has('never') === has('always')) wrong(undefined, `\`${id}\` needs either \`never\` or \`always\``)
  const given = has('while') ? 'while' : 'when'
  if (has('when') && has('while')) wrong('while', '`while` says the same as `when`: one of them is enough')
  if (has('never') && has(given)) wrong(given, `\`${given}\` belongs to \`always\``)
  return has('never') ? { form: 'never', when: 'never' } : { form: 'always', when: given, must: 'always' }
}

/** `5 min`, or a number of milliseconds. */
function withinOf(reading: Reading, written: number | string | undefined, path: DocumentPath): number {
  if (typeof written === 'number') return written
  const amount = written === undefined ? undefined : readAmount(written)
  if (amount?.is === 'amount' && amount.dimension === 'time') return amount.value
  if (written === undefined) say(reading, path, 'missing-key', '`after` needs `within`, a time', { hint: 'maybe `within: 5 min`' })
  else
    say(
      reading,
      [...path, 'within'],
      'wrong-duration',
      amount?.is === 'wrong' ? amount.message : `a time such as \`5 min\` stands here, not \`${written}\``,
      { hint: 'maybe one of `ms`, `s`, `min`, `h`, `d`' },
    )
  return 0
}

function clauseOf(
  reading: Reading,
  one: WrittenClause,
  path: DocumentPath,
  numbers: ReadonlyMap<string, number>,
  effects: EffectCatalogue,
): TemplateClause | undefined {
  const who = whoOf(reading, one, path, effects)
  const what = whatOf(reading, one, path, numbers, effects)
  return who === undefined || what === undefined ? undefined : { who, what, same: one.where === 'same' }
}

const listed = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? (value as readonly T[]) : [value as T])

function whoOf(reading: Reading, one: WrittenClause, path: DocumentPath, { classes }: EffectCatalogue): TemplateClause['who'] | undefined {
  const named = [one.some, one.all, one.attribute].filter((value) => value !== undefined)
  if (named.length !== 1) {
    say(reading, path, 'wrong-value', 'a clause speaks of `some` class, of `all` of a class, or of one `attribute`')
    return undefined
  }
  if (one.attribute !== undefined) return { is: 'attribute', id: one.attribute }
  const ids = new Set(classes.map(({ id }) => id))
  const wanted = listed(one.some ?? one.all ?? [])
  const key = one.some === undefined ? 'all' : 'some'
  for (const id of wanted)
    if (!ids.has(id)) say(reading, [...path, key], 'unknown-class', `no class of things is called \`${id}\``, maybe(id, ids))
  return { is: key, classes: wanted }
}

function whatOf(
  reading: Reading,
  one: WrittenClause,
  path: DocumentPath,
  numbers: ReadonlyMap<string, number>,
  { properties }: EffectCatalogue,
): TemplateClause['what'] | undefined {
  const bound = (key: 'above' | 'below'): number | undefined => {
    const written = one[key]
    if (typeof written !== 'string') return written
    const number = numbers.get(written)
    if (number === undefined)
      say(reading, [...path, key], 'unknown-parameter', `no parameter is called \`${written}\``, maybe(written, numbers.keys()))
    return number
  }
  const says = [one.is, one.is_not, one.does, one.above ?? one.below].filter((value) => value !== undefined)
  if (says.length !== 1) {
    say(reading, path, 'wrong-value', 'a clause says one of `is`, `is_not`, `does`, or `above` and `below`')
    return undefined
  }
  if (one.is !== undefined) return { is: 'values', values: listed(one.is), not: false }
  if (one.is_not !== undefined) return { is: 'values', values: listed(one.is_not), not: true }
  if (one.does !== undefined) {
    const [[property, direction] = [], ...more] = Object.entries(one.does)
    const known = new Set(properties.map(({ id }) => id))
    if (property === undefined || direction === undefined || more.length > 0) {
      say(reading, [...path, 'does'], 'wrong-value', '`does` names one physical property and its direction')
      return undefined
    }
    if (!known.has(property))
      say(reading, [...path, 'does', property], 'unknown-property', `no physical property is called \`${property}\``, {
        key: true,
        ...maybe(property, known),
      })
    return { is: 'does', property, direction }
  }
  const [above, below] = [bound('above'), bound('below')]
  return { is: 'number', ...(above === undefined ? {} : { above }), ...(below === undefined ? {} : { below }) }
}
