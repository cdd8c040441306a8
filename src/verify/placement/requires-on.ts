/** Requires on: what a device runs demands something of what the device runs that it links to. A link that leads out of the fleet demands nothing. */
import { columnOf, rowLookup, valueAt as columnValue, type PathColumn } from '../../expression/column-source.ts'
import { evaluate } from '../../expression/evaluate.ts'
import { scopeOf } from '../../expression/scope.ts'
import type { ExpressionType, ExpressionValue } from '../../model/expression-type.ts'
import type { ConstraintUse } from '../../model/fleet-model.ts'
import type { Fleet, LinkTable } from '../../model/fleet.ts'
import { classesOf, type ClassColumn } from '../bound/classes.ts'
import { choiceExpression, choiceValue, type ChoiceExpression } from '../choice-expressions.ts'
import type { Links } from '../demand.ts'
import { typed } from '../expressions.ts'
import { linkedRows } from '../linked-rows.ts'
import { parametersOf, refuse, textOf } from '../parameters.ts'
import { selectionOf } from '../selection.ts'
import type { World } from '../world.ts'
import type { PlacementChecker } from './checker.ts'

export const requiresOn: PlacementChecker = {
  kind: 'placement/requires-on',
  demand(use, world): Links {
    const written = parametersOf(use, ['device', 'links', 'where', 'of', 'if', 'then'])
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    const list = textOf(use, written, 'links')
    const all = linksOf(use, world, textOf(use, written, 'device'), list, textOf(use, written, 'where'))
    const asked = [...all.from.keys()].filter((link) => selection.groupOf[all.from[link]!]! >= 0)
    const kept = (ends: Int32Array): Int32Array => Int32Array.from(asked, (link) => ends[link]!)
    return linksDemand(
      use,
      world,
      selection,
      { ...all, from: kept(all.from), to: kept(all.to), ...(all.entry === undefined ? {} : { entry: kept(all.entry) }) },
      textOf(use, written, 'if'),
      textOf(use, written, 'then') ?? refuse(use, 'no `then` is written'),
    )
  },
}

interface Ends {
  readonly from: Int32Array
  readonly to: Int32Array
  /** Where a list is followed: the link's row in it, and its columns as `link.*`. */
  readonly entry?: Int32Array
  readonly list?: ListedColumns
}

interface ListedColumns {
  readonly types: Readonly<Record<string, ExpressionType>>
  readonly columnOf: (path: string) => PathColumn
}

/** The links of an attribute, one way, or those of a declared list for which `where` is true, both ways. */
function linksOf(use: ConstraintUse, world: World, device: string | undefined, list: string | undefined, where: string | undefined): Ends {
  if ((device === undefined) === (list === undefined)) return refuse(use, 'one of `device` and `links` must be written')
  if (list !== undefined) {
    const links = world.fleet.links ?? {}
    const table = Object.hasOwn(links, list) ? links[list]! : refuse(use, `no links are called ${JSON.stringify(list)}`)
    const columns = listedColumns(world, list, table)
    const counting = [...table.a.keys()].filter(countsWhere(use, where, columns))
    const [a, b] = [counting.map((entry) => table.a[entry]!), counting.map((entry) => table.b[entry]!)]
    return {
      from: Int32Array.from([...a, ...b]),
      to: Int32Array.from([...b, ...a]),
      entry: Int32Array.from([...counting, ...counting]),
      list: columns,
    }
  }
  if (where !== undefined) return refuse(use, '`where` chooses among `links`')
  const linked = linkedRows(world, { text: device!, at: use.at }) ?? refuse(use, '`device` is no link to a device')
  const from = Int32Array.from({ length: world.size }, (_, row) => row).filter((row) => linked[row]! >= 0)
  return { from, to: from.map((row) => linked[row]!) }
}

/** The columns of a list of links, as a fleet of links would have them. */
function listedColumns({ model }: World, list: string, table: LinkTable): ListedColumns {
  const declared = model.links?.find(({ name }) => name === list)?.columns ?? {}
  const asFleet: Fleet = { size: table.a.length, ids: [], columns: table.columns }
  return {
    types: Object.fromEntries(Object.entries(declared).map(([name, type]) => [`link.${name}`, type])),
    columnOf: (path) => columnOf(asFleet, `device.${path.slice('link.'.length)}`),
  }
}

function countsWhere(
  use: ConstraintUse,
  where: string | undefined,
  { types, columnOf: column }: ListedColumns,
): (entry: number) => boolean {
  if (where === undefined) return () => true
  const expression = typed({ text: where, at: use.at }, scopeOf(types, ['link']), 'bool')
  return (entry) => evaluate(expression, (path) => columnValue(column(path), entry)) === true
}

function linksDemand(
  use: ConstraintUse,
  world: World,
  selection: Pick<Links, 'groups' | 'groupOf' | 'sizes'>,
  { from, to, entry, list }: Ends,
  condition: string | undefined,
  demanded: string,
): Links {
  const sees = ['device', 'there'] as const
  const applies =
    condition === undefined ? undefined : choiceExpression(world.model, { text: condition, at: use.at }, 'bool', ['device'], list?.types)
  const then = choiceExpression(world.model, { text: demanded, at: use.at }, 'bool', sees, list?.types)
  const { representative, classOf } = classesOf(
    from.length,
    linkColumns(world, { from, to, ...(entry === undefined ? {} : { entry }), ...(list === undefined ? {} : { list }) }, [
      ...(applies?.paths ?? []),
      ...then.paths,
    ]),
  )
  const width = world.options.length
  const known = new Map<number, boolean>()
  const decide = (kind: number, own: number, there: number): boolean => {
    const link = representative[kind]!
    const truth = (expression: ChoiceExpression): boolean =>
      evaluate(expression.typed, (path) =>
        path.startsWith('link.')
          ? columnValue(list!.columnOf(path), entry![link]!)
          : valueAt(world, path, from[link]!, own, to[link]!, there),
      ) === true
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
function linkColumns(world: World, { from, to, entry, list }: Ends, paths: readonly string[]): readonly ClassColumn[] {
  return [...new Set(paths)].flatMap((path): readonly ClassColumn[] => {
    if (path.startsWith('link.')) return columnAt(list!.columnOf(path), entry!)
    const there = path.startsWith('there.device.')
    if (!there && !path.startsWith('device.')) return []
    const ends = there ? to : from
    return columnAt(columnOf(world.fleet, there ? path.slice('there.'.length) : path), ends)
  })
}

function columnAt(column: PathColumn, rows: Int32Array): readonly ClassColumn[] {
  if (column.is === 'absent') return []
  // 2^53 stands for a missing number: no attribute has it.
  if (column.is === 'codes') return [rows.map((row) => column.codes[row]!)]
  return [Float64Array.from(rows, (row) => (Number.isNaN(column.numbers[row]!) ? 2 ** 53 : column.numbers[row]!))]
}
