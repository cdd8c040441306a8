/** Requires on: what a device runs demands something of what the device runs that it links to. A link that leads out of the fleet demands nothing. */
import { columnOf, rowLookup, type PathColumn } from '../../expression/column-source.ts'
import { evaluate } from '../../expression/evaluate.ts'
import type { ExpressionValue } from '../../model/expression-type.ts'
import type { ConstraintUse } from '../../model/fleet-model.ts'
import { classesOf, type ClassColumn } from '../bound/classes.ts'
import { choiceExpression, choiceValue, type ChoiceExpression } from '../choice-expressions.ts'
import type { Links } from '../demand.ts'
import { linkedRows } from '../linked-rows.ts'
import { parametersOf, refuse, textOf } from '../parameters.ts'
import { selectionOf } from '../selection.ts'
import type { World } from '../world.ts'
import type { PlacementChecker } from './checker.ts'

export const requiresOn: PlacementChecker = {
  kind: 'placement/requires-on',
  demand(use, world): Links {
    const written = parametersOf(use, ['device', 'links', 'of', 'if', 'then'])
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    const all = linksOf(use, world, textOf(use, written, 'device'), textOf(use, written, 'links'))
    const asked = [...all.from.keys()].filter((link) => selection.groupOf[all.from[link]!]! >= 0)
    return linksDemand(
      use,
      world,
      selection,
      Int32Array.from(asked, (link) => all.from[link]!),
      Int32Array.from(asked, (link) => all.to[link]!),
      textOf(use, written, 'if'),
      textOf(use, written, 'then') ?? refuse(use, 'no `then` is written'),
    )
  },
}

interface Ends {
  readonly from: Int32Array
  readonly to: Int32Array
}

/** The links of an attribute, one way, or those of a declared list, both ways. */
function linksOf(use: ConstraintUse, world: World, device: string | undefined, list: string | undefined): Ends {
  if ((device === undefined) === (list === undefined)) return refuse(use, 'one of `device` and `links` must be written')
  if (list !== undefined) {
    const links = world.fleet.links ?? {}
    const table = Object.hasOwn(links, list) ? links[list]! : refuse(use, `no links are called ${JSON.stringify(list)}`)
    return bothWays(table.a, table.b)
  }
  const linked = linkedRows(world, { text: device!, at: use.at }) ?? refuse(use, '`device` is no link to a device')
  const from = Int32Array.from({ length: world.size }, (_, row) => row).filter((row) => linked[row]! >= 0)
  return { from, to: from.map((row) => linked[row]!) }
}

function bothWays(a: Int32Array, b: Int32Array): Ends {
  const from = new Int32Array(a.length + b.length)
  const to = new Int32Array(a.length + b.length)
  from.set(a)
  from.set(b, a.length)
  to.set(b)
  to.set(a, b.length)
  return { from, to }
}

function linksDemand(
  use: ConstraintUse,
  world: World,
  selection: Pick<Links, 'groups' | 'groupOf' | 'sizes'>,
  from: Int32Array,
  to: Int32Array,
  condition: string | undefined,
  demanded: string,
): Links {
  const sees = ['device', 'there'] as const
  const applies = condition === undefined ? undefined : choiceExpression(world.model, { text: condition, at: use.at }, 'bool', ['device'])
  const then = choiceExpression(world.model, { text: demanded, at: use.at }, 'bool', sees)
  const { representative, classOf } = classesOf(from.length, linkColumns(world, from, to, [...(applies?.paths ?? []), ...then.paths]))
  const width = world.options.length
  const known = new Map<number, boolean>()
  const decide = (kind: number, own: number, there: number): boolean => {
    const link = representative[kind]!
    const truth = (expression: ChoiceExpression): boolean =>
      evaluate(expression.typed, (path) => valueAt(world, path, from[link]!, own, to[link]!, there)) === true
    // Only a variant makes demands, and only where `if` is true of it.
    return world.options[own]!.variant < 0 || (applies !== undefined && !truth(applies)) || truth(then)
  }
  return {
    is: 'links',
    ...selection,
    from,
    to,
    kindOf: classOf,
    holds(kind, own, there) {
      const key = (kind * width + own) * width + there
      let held = known.get(key)
      if (held === undefined) known.set(key, (held = decide(kind, own, there)))
      return held
    },
  }
}

function valueAt(world: World, path: string, row: number, own: number, thereRow: number, there: number): ExpressionValue {
  const { model, fleet, options } = world
  if (path.startsWith('there.device.')) return rowLookup(fleet, thereRow)(path.slice('there.'.length))
  if (path.startsWith('there.')) return choiceValue(model, options[there]!, there, path.slice('there.'.length))
  if (path.startsWith('device.')) return rowLookup(fleet, row)(path)
  return choiceValue(model, options[own]!, own, path)
}

/** By link, the values of the attributes that are read at its ends: links without a difference in them are of one kind. */
function linkColumns(world: World, from: Int32Array, to: Int32Array, paths: readonly string[]): readonly ClassColumn[] {
  return [...new Set(paths)].flatMap((path): readonly ClassColumn[] => {
    const there = path.startsWith('there.device.')
    if (!there && !path.startsWith('device.')) return []
    const ends = there ? to : from
    const column: PathColumn = columnOf(world.fleet, there ? path.slice('there.'.length) : path)
    if (column.is === 'absent') return []
    // 2^53 stands for a missing number: no attribute has it.
    if (column.is === 'codes') return [ends.map((row) => column.codes[row]!)]
    return [Float64Array.from(ends, (row) => (Number.isNaN(column.numbers[row]!) ? 2 ** 53 : column.numbers[row]!))]
  })
}
