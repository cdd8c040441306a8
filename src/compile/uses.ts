/** Constraint uses as their kinds see them: everything by class and by choice. */
import type { Use } from '../../constraints/kind.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { evaluate } from '../expression/evaluate.ts'
import type { TypedExpression } from '../expression/typed.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Choice } from '../model/outcome.ts'
import type { CheckedUse } from './checked-model.ts'
import type { DeviceClasses } from './classes.ts'
import { choiceLookup, type ByRow, type Judgement } from './judged.ts'
import { pairsOfClasses, type Relations } from './links.ts'
import type { Resources } from './resources.ts'
import type { Columns } from './columns.ts'
import { seenKey, type SeenTable, type SeenValues } from './seen.ts'

export interface UseContext {
  readonly model: FleetModel
  readonly choices: readonly Choice[]
  readonly classes: DeviceClasses
  readonly columns: Pick<Columns, 'columnStart' | 'columnChoice'>
  readonly current: Int32Array
  readonly changes: (c: number, choice: number) => boolean
  readonly seen: SeenTable
  readonly judgements: Judgements
  readonly resources: Resources
  readonly relations: Relations
  readonly ids: readonly string[]
}

/** By use, one for each expression that it judges choices by. */
export type Judgements = ReadonlyMap<CheckedUse, readonly Judgement[]>

/** By choice: 1 where the choice is in the set. */
export function setMembers(model: FleetModel, choices: readonly Choice[], { set, where }: CheckedUse['sets'][number]): Uint8Array {
  const ids = set.variants && new Set(set.variants)
  return Uint8Array.from(choices, (choice) => {
    if (choice.variant === undefined || ids?.has(choice.variant) === false) return 0
    return where === undefined || holdsFor(model, choice, where) ? 1 : 0
  })
}

function holdsFor(model: FleetModel, choice: Choice, where: TypedExpression): boolean {
  return evaluate(where, choiceLookup(model, choice)) === true
}

/** The columns may still be missing (`allows` is asked before there are any). */
export function useOf(checked: CheckedUse, context: UseContext): Use<unknown> {
  const { use, parameters, sees, sets } = checked
  const { classes, columns, choices, model } = context
  const members = new Map(sets.map((one) => [one.set.name, setMembers(model, choices, one)]))
  const values = (name: string): SeenValues => {
    const one = sees.find(({ seen }) => seen.name === name)
    const found = one && context.seen.get(seenKey(one.seen, sees))
    return found ?? missing(checked, name)
  }
  return {
    index: use.index,
    parameters,
    choices,
    classes: classes.count,
    size: (c) => classes.memberStart[c + 1]! - classes.memberStart[c]!,
    columnStart: columns.columnStart,
    columnChoice: columns.columnChoice,
    current: context.current,
    changes: context.changes,
    counted: use.policy.is === 'do-not-worsen' || (use.policy.is === 'soft' && use.policy.per === 'unit'),
    truth: (name) => {
      const found = values(name)
      return found.is === 'bool' ? byClass(classes, found, () => truthByClass(classes, found.truth)) : missing(checked, name)
    },
    key: (name) => {
      const found = values(name)
      return found.is === 'key' ? byClass(classes, found, () => keysByClass(classes, found)) : missing(checked, name)
    },
    number: (name) => {
      const found = values(name)
      return found.is === 'number' ? Float64Array.from(classes.first, (row) => found.numbers[row]!) : missing(checked, name)
    },
    inSet: (name) => members.get(name) ?? missing(checked, name),
    uses: (resource, c, choice) => at(context.resources.get(resource)?.[choice] ?? missing(checked, resource), classes.first[c]!),
    judged: (name) => {
      const judgement = context.judgements.get(checked)?.[checked.judges.findIndex(({ judged }) => judged.name === name)]
      if (judgement === undefined) return missing(checked, name)
      return (c, choice) => at(judgement[choice]!, classes.first[c]!)
    },
    linked: (name) => {
      const relation = context.relations.get(checked)?.find(({ linked }) => linked.name === name)
      return relation === undefined ? missing(checked, name) : pairsOfClasses(relation, classes)
    },
    deviceOf: (c) => context.ids[classes.first[c]!]!,
  }
}

type Seen<Is extends SeenValues['is']> = Extract<SeenValues, { readonly is: Is }>

// Uses that read the same expression are given the same tables, and may remember what they made of them.
const tables = new WeakMap<SeenValues, { readonly classes: DeviceClasses; readonly made: unknown }>()

function byClass<T>(classes: DeviceClasses, found: SeenValues, make: () => T): T {
  const known = tables.get(found)
  if (known?.classes === classes) return known.made as T
  const made = make()
  tables.set(found, { classes, made })
  return made
}

function truthByClass({ count, first }: DeviceClasses, truth: Seen<'bool'>['truth']): Uint8Array {
  const own = new Uint8Array(count)
  for (let c = 0; c < count; c++) own[c] = truth[first[c]!]!
  return own
}

function keysByClass(
  { count, first }: DeviceClasses,
  { codes, names }: Seen<'key'>,
): { readonly of: Int32Array; readonly names: readonly string[] } {
  const of = new Int32Array(count)
  for (let c = 0; c < count; c++) of[c] = codes[first[c]!]!
  return { of, names }
}

const at = (values: ByRow, row: number): number => (typeof values === 'number' ? values : values[row]!)

function missing({ kind }: CheckedUse, name: string): never {
  throw new EngineError('compile/kind', `\`${kind.id}\` asks for \`${name}\`, which it does not declare`)
}
