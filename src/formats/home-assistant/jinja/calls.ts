/** Global functions of templates and methods of values, by name. */
import { momentsBy } from './clock-functions.ts'
import { folded, ofList } from './collections.ts'
import { filter, iif, isNumber } from './filters.ts'
import { argument, type Given, given as givenOf, reading, type Run } from './run.ts'
import { asksRegistry, expand, hasValue, isState, isStateAttribute, registry, stateAttribute, states } from './states.ts'
import { constant, type Jinja, list, NONE, textOf, unknown } from './values.ts'
import { lifted, ofConstants } from './ways.ts'

/** Names that a template may call without a value before them. */
export const GLOBALS: ReadonlySet<string> = new Set(
  (
    'states is_state state_attr is_state_attr has_value expand now utcnow today_at timedelta as_timedelta as_timestamp as_datetime as_local strptime float int bool is_number iif ' +
    'min max sum average range namespace dict list set tuple area_entities area_devices area_id area_name areas device_entities device_id device_attr is_device_attr label_entities ' +
    'label_areas labels label_id label_name label_devices floor_areas floor_entities floor_id floor_name floors integration_entities config_entry_id config_entry_attr is_hidden_entity ' +
    'distance closest relative_time time_since time_until slugify urlencode timestamp_custom zip state_translated typeof merge_response median log sqrt sin cos tan cycler joiner lipsum ' +
    'to_json from_json regex_match regex_search regex_replace regex_findall regex_findall_index round abs is_defined timestamp_local timestamp_utc pack unpack bitwise_and bitwise_or ' +
    'version issues issue flatten shuffle combine difference intersect union symmetric_difference md5 sha1 random'
  ).split(' '),
)

export function callGlobal(run: Run, name: string, given: Given): Jinja {
  const [first, second, third] = given.plain
  switch (name) {
    case 'states':
      return states(run, given)
    case 'is_state':
      return isState(run, argument(given, 0, 'entity_id') ?? NONE, argument(given, 1, 'state') ?? NONE)
    case 'state_attr':
      return stateAttribute(run, argument(given, 0, 'entity_id') ?? NONE, argument(given, 1, 'name') ?? NONE)
    case 'is_state_attr':
      return isStateAttribute(run, first ?? NONE, second ?? NONE, third ?? NONE)
    case 'has_value':
      return hasValue(run, first ?? NONE)
    case 'expand':
      return expand(run, given.plain)
    case 'iif':
      return iif(run, first ?? NONE, given.plain.slice(1))
    case 'is_number':
      return isNumber(run, first ?? NONE)
    case 'min':
    case 'max':
    case 'average': {
      const items = given.plain.length === 1 ? first! : list(given.plain)
      return ofList(run, items, (all) => folded(run, name, all, undefined))
    }
    case 'range':
      return range(run, given.plain)
    case 'namespace':
      return space(run, given)
    case 'dict':
      if (first?.is === 'mapping' && given.named.size === 0) return first
      return first === undefined || first.is === 'mapping'
        ? {
            is: 'mapping',
            entries: new Map([...(first?.is === 'mapping' ? first.entries : []), ...given.named]),
            ...(first?.is === 'mapping' && first.open !== undefined ? { open: first.open } : {}),
          }
        : unknown('makes a mapping of something else')
    case 'list':
    case 'set':
    case 'tuple':
      return first === undefined ? list([]) : filter(run, name, first, givenOf())
    case 'zip':
      return zipped(run, given.plain)
    default:
      break
  }
  const timely = momentsBy(run, name, given.plain, given)
  if (timely !== undefined) return timely
  if (asksRegistry(name)) return registry(run, name, first)
  if (name === 'distance' && first !== undefined && given.plain.length <= 2) return distance(run, first, second)
  if (first !== undefined && !OPEN.has(name)) return filter(run, name, first, { plain: given.plain.slice(1), named: given.named })
  return unknown(`the function \`${name}\` is not modelled`)
}

/** Kilometres from the home, or between two entities: what the trackers say, from outside. */
function distance(run: Run, of: Jinja, other: Jinja | undefined): Jinja {
  const [x, y] = [textOf(of), other === undefined ? 'home' : textOf(other)]
  const attribute = x === undefined || y === undefined ? undefined : run.context.entity(x, `distance to ${y}`)
  return attribute === undefined ? unknown('the function `distance` is not modelled') : reading(run, attribute, false)
}

const OPEN: ReadonlySet<string> = new Set([
  'distance',
  'closest',
  'device_attr',
  'is_device_attr',
  'state_translated',
  'is_hidden_entity',
  'merge_response',
])

function range(run: Run, parts: readonly Jinja[]): Jinja {
  return ofConstants(
    run,
    parts,
    (...ends) => {
      const [a, b, c] = ends
      const [from, to, by] = b === undefined ? [0, a, 1] : [a, b, c ?? 1]
      if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number' || by === 0)
        return unknown('a range of something but numbers')
      const count = Math.max(0, Math.ceil((to - from) / by))
      return count > 5000 ? unknown('a long range') : list(Array.from({ length: count }, (_, index) => constant(from + index * by)))
    },
    'a range with open ends',
  )
}

function space(run: Run, given: Given): Jinja {
  const [first] = given.plain
  const entries = first?.is === 'mapping' ? [...first.entries].map(([key, part]) => [String(key), part] as const) : []
  run.spaces += 1
  run.state.spaces.set(run.spaces, new Map([...entries, ...given.named]))
  return { is: 'space', id: run.spaces }
}

function zipped(run: Run, parts: readonly Jinja[]): Jinja {
  return lifted(run, parts, (...ways) => {
    const lists = ways.map((way) => (way.is === 'list' && way.items.every(({ when }) => when.is === 'value') ? way.items : undefined))
    if (lists.includes(undefined)) return unknown('`zip` of lists that are not known')
    const length = Math.min(...lists.map((items) => items!.length))
    return list(
      Array.from({ length: Number.isFinite(length) ? length : 0 }, (_, index) => list(lists.map((items) => items![index]!.value))),
    )
  })
}
