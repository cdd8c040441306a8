/** Reads `constraints:`: the kind and policy of each use; parameters stay as written, for the kind's own schema. */
import { pathText } from '../diagnostics/shape.ts'
import { maybe } from '../diagnostics/suggest.ts'
import type { DocumentPath } from '../diagnostics/document.ts'
import type { ConstraintUse, Policy } from './fleet-model.ts'
import { softShape } from './fleet-model-schema.ts'
import { labelProblem } from './names.ts'
import { isMapping, nameAt, type Reading, say, shaped } from './reading.ts'

const BESIDE = ['name', 'soft', 'do_not_worsen', 'hard', 'during']

export function readConstraints(reading: Reading, value: readonly unknown[]): readonly ConstraintUse[] {
  const first = new Map<string, number>()
  return value.flatMap((written, index) => {
    const use = readUse(reading, written, index)
    if (use === undefined) return []
    const before = use.name === undefined ? undefined : first.get(use.name)
    if (before !== undefined)
      say(reading, ['constraints', index, 'name'], 'duplicate-name', `\`constraints[${before}]\` is called "${use.name!}" too`)
    else if (use.name !== undefined) first.set(use.name, index)
    return [use]
  })
}

function readUse(reading: Reading, written: unknown, index: number): ConstraintUse | undefined {
  const path: DocumentPath = ['constraints', index]
  const where = pathText(path)
  if (!isMapping(written)) {
    say(reading, path, 'wrong-type', `\`${where}\` must be a mapping with the kind as its key`, {
      hint: 'maybe `quota: {variant: ..., max: 10}`',
    })
    return
  }
  const kinds = Object.keys(written).filter((key) => !BESIDE.includes(key))
  const [kind] = kinds
  if (kind === undefined) {
    say(reading, path, 'missing-kind', `\`${where}\` names no kind of constraint`)
    return
  }
  if (kinds.length > 1) {
    const odd = kinds.find((key) => maybe(key, BESIDE).hint !== undefined)
    const hint = odd === undefined ? 'maybe these are two entries of the list' : maybe(odd, BESIDE).hint
    say(
      reading,
      [...path, odd ?? kinds[1]!],
      'two-kinds',
      `\`${where}\` must name exactly one kind, here stand ${kinds.map((key) => `\`${key}\``).join(' and ')}`,
      { hint, key: true },
    )
    return
  }
  if (!/^[a-z][a-z0-9_-]*$/.test(kind)) {
    say(reading, [...path, kind], 'bad-name', `\`${kind}\` is no kind of constraint`, { key: true })
    return
  }
  const name = written['name'] === undefined ? undefined : nameAt(reading, written['name'], [...path, 'name'])
  const problem = name === undefined ? undefined : labelProblem(name)
  if (problem !== undefined) say(reading, [...path, 'name'], 'bad-name', `\`${where}.name\` ${problem}`)
  const policy = readPolicy(reading, written, path)
  if (policy === undefined) return undefined
  const { during } = written
  if (during !== undefined && typeof during !== 'boolean')
    say(reading, [...path, 'during'], 'wrong-type', `\`${where}.during\` must be \`true\` or \`false\``)
  if (during === true && policy.is === 'soft')
    say(reading, [...path, 'during'], 'soft-during', `\`${where}\` is soft: it cannot be held during a rollout`, {
      hint: 'maybe leave out `soft` or `during`',
    })
  return {
    index,
    kind: `placement/${kind.replaceAll('_', '-')}`,
    ...(name === undefined ? {} : { name }),
    parameters: written[kind],
    policy,
    ...(typeof during === 'boolean' ? { during } : {}),
    at: reading.document.locateKey([...path, kind]),
  }
}

function readPolicy(reading: Reading, written: Readonly<Record<string, unknown>>, path: DocumentPath): Policy | undefined {
  const { soft, do_not_worsen: keep, hard } = written
  if ([soft, keep, hard].filter((policy) => policy !== undefined).length > 1) {
    say(reading, path, 'two-policies', `\`${pathText(path)}\` can be one of hard, \`soft\` and \`do_not_worsen\``)
    return
  }
  for (const [key, value] of [
    ['hard', hard],
    ['do_not_worsen', keep],
  ] as const) {
    if (value !== undefined && value !== true) {
      say(reading, [...path, key], 'wrong-value', `\`${pathText([...path, key])}\` can only be \`true\`; leave it out otherwise`)
      return
    }
  }
  if (keep === true) return { is: 'do-not-worsen' }
  if (soft === undefined) return { is: 'hard' }
  const shape = shaped(reading, softShape, soft === true ? {} : soft, [...path, 'soft'])
  if (shape === undefined) return undefined
  if (typeof shape === 'number') return { is: 'soft', weight: shape, level: 1, per: 'unit' }
  return { is: 'soft', weight: shape.weight ?? 1, level: shape.level ?? 1, per: shape.per ?? 'unit' }
}
