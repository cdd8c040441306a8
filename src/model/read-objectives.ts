/** Reads `objectives:`: names in order of importance, or one weighted sum. */
import { maybe } from '../diagnostics/suggest.ts'
import type { Objective } from './fleet-model.ts'
import { scoreShape } from './fleet-model-schema.ts'
import { isMapping, type Reading, say, shaped } from './reading.ts'

const NAMES = ['assigned', 'soft', 'preference', 'changes'] as const
export const DEFAULT_OBJECTIVES: readonly Objective[] = NAMES.map((is) => ({ is }))

export function readObjectives(reading: Reading, value: unknown): readonly Objective[] {
  if (value === undefined || value === null) return DEFAULT_OBJECTIVES
  if (isMapping(value)) return readScore(reading, value, ['objectives'])
  if (!Array.isArray(value)) {
    say(reading, ['objectives'], 'wrong-type', `\`objectives\` must be a list of ${NAMES.join(', ')}`)
    return []
  }
  if (value.length === 0) say(reading, ['objectives'], 'empty', '`objectives` is empty')
  const seen = new Set<string>()
  return (value as readonly unknown[]).flatMap((entry, index): readonly Objective[] => {
    const path = ['objectives', index]
    if (isMapping(entry)) {
      if (value.length > 1) say(reading, path, 'two-objectives', '`score` stands for the whole objective, nothing can stand beside it')
      return readScore(reading, entry, path)
    }
    const name = NAMES.find((known) => known === entry)
    if (name === undefined) {
      say(reading, path, 'unknown-objective', `no objective is called ${JSON.stringify(entry)}`, {
        hint: maybe(String(entry), [...NAMES, 'score']).hint ?? `maybe one of ${NAMES.join(', ')}`,
      })
      return []
    }
    if (seen.has(name)) say(reading, path, 'duplicate-objective', `\`${name}\` stands twice`)
    seen.add(name)
    return [{ is: name }]
  })
}

function readScore(reading: Reading, value: unknown, path: readonly (string | number)[]): readonly Objective[] {
  const shape = shaped(reading, scoreShape, value, path)
  if (shape === undefined) return []
  const { assigned = 0, preference = 0, changes = 0 } = shape.score
  return [{ is: 'score', assigned, preference, changes }]
}
