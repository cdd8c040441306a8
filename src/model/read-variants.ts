/** Reads `variants:`: what may run on a device, what it demands and uses, and the settings chosen with it. */
import { valid } from 'semver'
import { describeValue, type DocumentPath } from '../diagnostics/document.ts'
import { pathText } from '../diagnostics/shape.ts'
import { maybe } from '../diagnostics/suggest.ts'
import type { ExpressionText, Rule, Setting, Variant } from './fleet-model.ts'
import { ruleShape, settingShapes, variantShape } from './fleet-model-schema.ts'
import { nearestWord, variantProblem, wordProblem } from './names.ts'
import { expressionAt, isMapping, nameAt, type Reading, say, shaped } from './reading.ts'
import { readNames } from './read-vocabulary.ts'
import { readAmount, UNITS } from './units.ts'

/** Modes of one variant: every combination of its settings. */
const MAXIMUM_MODES = 10_000

/** Dimension of each resource, and where it was first used so. */
export type Dimensions = Map<string, { readonly dimension: string; readonly path: string }>

export function readVariants(reading: Reading, value: Readonly<Record<string, unknown>>, dimensions: Dimensions): readonly Variant[] {
  if (Object.keys(value).length === 0) say(reading, ['variants'], 'empty', 'the model has no variant')
  return Object.entries(value).flatMap(([id, written]) => readVariant(reading, id, written, dimensions) ?? [])
}

function readVariant(reading: Reading, id: string, written: unknown, dimensions: Dimensions): Variant | undefined {
  const path = ['variants', id]
  const problem = variantProblem(id)
  if (problem !== undefined) {
    const hint = /^\S+(?:\s+\S+)+$/.test(id) ? `maybe \`${id.trim().replaceAll(/\s+/g, '-')}\`` : undefined
    say(reading, path, 'bad-name', `the variant ${JSON.stringify(id)} ${problem}`, { hint, key: true })
    return
  }
  const shape = shaped(reading, variantShape, written ?? {}, path)
  if (shape === undefined) return undefined
  const requires = optionalExpression(reading, shape.requires, [...path, 'requires'])
  const prefers = optionalExpression(reading, shape.prefers, [...path, 'prefers'])
  const version = shape.version === undefined ? undefined : readVersion(reading, shape.version, [...path, 'version'])
  return {
    id,
    ...(requires === undefined ? {} : { requires }),
    uses: readUses(reading, shape.uses ?? {}, [...path, 'uses'], dimensions),
    settings: readSettings(reading, shape.settings ?? {}, [...path, 'settings']),
    rules: readRules(reading, shape.rules ?? [], [...path, 'rules']),
    ...(prefers === undefined ? {} : { prefers }),
    ...(version === undefined ? {} : { version }),
    ...(shape.contains === undefined ? {} : { contains: readContains(reading, shape.contains, [...path, 'contains']) }),
    ...(shape.behaviour === undefined ? {} : { behaviour: shape.behaviour }),
    ...(shape.artefact === undefined ? {} : { artefact: shape.artefact }),
    at: reading.document.locateKey(path),
  }
}

function readContains(
  reading: Reading,
  written: readonly string[] | { readonly all: readonly string[] },
  path: DocumentPath,
): NonNullable<Variant['contains']> {
  const [all, texts, at] = 'all' in written ? [true, written.all, [...path, 'all']] : [false, written, path]
  return { all, packages: texts.map((text, index) => ({ text, at: reading.document.locate([...at, index]) })) }
}

function optionalExpression(reading: Reading, value: unknown, path: DocumentPath): ExpressionText | undefined {
  return value === undefined ? undefined : expressionAt(reading, value, path)
}

function readVersion(reading: Reading, value: unknown, path: DocumentPath): string | undefined {
  const text = nameAt(reading, value, path)
  if (text === undefined) return undefined
  const version = text.length > 256 ? null : valid(text)
  if (version !== null) return version
  const hint = /^v?\d+(?:\.\d+)?$/.test(text) ? `maybe \`${text}${text.includes('.') ? '.0' : '.0.0'}\`` : undefined
  say(reading, path, 'bad-version', `${describeValue(text)} is no version such as 2.1.0`, { hint })
  return
}

/** Amounts in canonical units, or expressions; one resource has one dimension throughout the model. */
export function readUses(
  reading: Reading,
  value: Readonly<Record<string, unknown>>,
  path: DocumentPath,
  dimensions: Dimensions,
): Readonly<Record<string, number | ExpressionText>> {
  const uses: Record<string, number | ExpressionText> = {}
  for (const [resource, written] of Object.entries(value)) {
    const at = [...path, resource]
    const problem = wordProblem(resource)
    if (problem !== undefined) {
      const word = nearestWord(resource)
      say(reading, at, 'bad-name', `the resource \`${resource}\` ${problem}`, {
        hint: word === undefined ? undefined : `maybe \`${word}\``,
        key: true,
      })
      continue
    }
    const text = expressionAt(reading, written, at)
    if (text === undefined) continue
    const amount = readAmount(text.text)
    if (amount.is === 'other') uses[resource] = text
    else if (amount.is === 'wrong')
      say(
        reading,
        at,
        amount.code.slice('model/'.length),
        amount.message,
        amount.unit === undefined ? {} : maybe(amount.unit, UNITS.keys()),
      )
    else {
      const first = dimensions.get(resource)
      if (first !== undefined && first.dimension !== amount.dimension)
        say(reading, at, 'other-dimension', `\`${resource}\` is ${amount.dimension} here and ${first.dimension} in \`${first.path}\``)
      else dimensions.set(resource, { dimension: amount.dimension, path: pathText(at) })
      uses[resource] = amount.value
    }
  }
  return uses
}

function readSettings(reading: Reading, value: Readonly<Record<string, unknown>>, path: DocumentPath): readonly Setting[] {
  const settings: Setting[] = []
  for (const [name, written] of Object.entries(value)) {
    const at = [...path, name]
    const problem = wordProblem(name)
    if (problem !== undefined) say(reading, at, 'bad-name', `the setting \`${name}\` ${problem}`, { key: true })
    const type = problem === undefined ? readSettingType(reading, written, at) : undefined
    if (type !== undefined) settings.push({ name, type, at: reading.document.locateKey(at) })
  }
  const modes = settings.reduce(
    (product, { type }) => product * (type.is === 'bool' ? 2 : type.is === 'enum' ? type.values.length : type.high - type.low + 1),
    1,
  )
  if (modes > MAXIMUM_MODES)
    say(
      reading,
      path,
      'too-many-settings',
      `the settings have ${modes.toLocaleString('en-US')} combinations, more than ${MAXIMUM_MODES.toLocaleString('en-US')}`,
    )
  return settings
}

function readSettingType(reading: Reading, written: unknown, path: DocumentPath): Setting['type'] | undefined {
  if (isMapping(written) && 'bool' in written) return shaped(reading, settingShapes.bool, written, path) && { is: 'bool' }
  if (isMapping(written) && 'enum' in written) {
    const shape = shaped(reading, settingShapes.enum, written, path)
    const values = shape && readNames(reading, shape.enum, [...path, 'enum'])
    return values && { is: 'enum', values }
  }
  if (isMapping(written) && 'int' in written) {
    const shape = shaped(reading, settingShapes.int, written, path)
    if (shape === undefined) return undefined
    const { min, max } = shape.int
    if (min <= max) return { is: 'int', low: min, high: max }
    say(reading, [...path, 'int'], 'out-of-range', `\`${pathText(path)}\` goes from ${min} to ${max}, which holds nothing`)
    return
  }
  say(reading, path, 'unknown-type', `\`${pathText(path)}\` names no type of setting`, {
    hint: 'maybe `{bool: true}`, `{enum: [a, b]}` or `{int: {min: 0, max: 3}}`',
  })
  return
}

function readRules(reading: Reading, value: readonly unknown[], path: DocumentPath): readonly Rule[] {
  return value.flatMap((written, index) => {
    const at = [...path, index]
    const shape = shaped(reading, ruleShape, written, at)
    const condition = shape && expressionAt(reading, shape.if, [...at, 'if'])
    const then = shape && expressionAt(reading, shape.then, [...at, 'then'])
    return condition === undefined || then === undefined ? [] : [{ if: condition, then }]
  })
}
