/** States and attributes of entities, and the sets of entities that a home knows. */
import { and, apply, FALSE, not, or, same, TRUE, value } from '../../node-red/expressions.ts'
import { equal } from './compare.ts'
import { fail, type Given, argument, type Run, reading } from './run.ts'
import type { RegistryQuestion } from './template-value.ts'
import { textExpr } from './printing.ts'
import { constant, constantOf, gathered, isA, type Jinja, list, NONE, textOf, truthValue, UNDEFINED, unknown } from './values.ts'
import { lifted, ofConstants, splitLifted } from './ways.ts'

type StateObject = Extract<Jinja, { readonly is: 'state' | 'attributes' }>

/** The state of an entity as text; of one that does not exist: "unknown". */
export function stateText(run: Run, entity: string): Jinja {
  const clock = run.context.clock?.(entity)
  if (clock !== undefined) return { is: 'clock', seconds: reading(run, clock, false).of, format: 'seconds' }
  const attribute = run.context.entity(entity)
  return attribute === undefined ? constant('unknown') : reading(run, attribute, true)
}

export function attributeValue(run: Run, entity: string, name: string): Jinja | undefined {
  if (name === 'last_triggered') {
    const age = run.context.age(entity, 'last_triggered')
    if (age !== undefined) {
      const since = reading(run, age, false)
      const moment: Jinja = { is: 'moment', base: 'now', offset: apply('-', since.of), stamp: false }
      return age.type.is === 'number'
        ? moment
        : { is: 'choice', cases: [{ when: not(isA(since, 'number')), value: NONE }], otherwise: moment }
    }
  }
  if (name === 'entity_id') {
    const members = run.context.registry('members', entity)
    if (members !== undefined && (entity.startsWith('group.') || members.length !== 1 || members[0] !== entity))
      return list(members.map((one) => constant(one)))
  }
  const attribute = run.context.entity(entity, name)
  return attribute === undefined ? undefined : reading(run, attribute, false)
}

const exists = (run: Run, entity: string): boolean => run.context.clock?.(entity) !== undefined || run.context.entity(entity) !== undefined
const normal = (entity: string): string => entity.toLowerCase()

/** `make` for the entity that the value names or is. */
function named(run: Run, of: Jinja, make: (entity: string, holds: StateObject['holds']) => Jinja): Jinja {
  return splitLifted(run, [of], (one) => {
    if (one.is === 'state') return make(one.entity, one.holds)
    const text = textOf(one)
    if (text !== undefined) return make(normal(text), undefined)
    if (one.is === 'unknown') return unknown(one.why)
    const known = constantOf(one)
    if (known === null || one.is === 'undefined') {
      fail(run, TRUE)
      return NONE
    }
    const name = textExpr(run, one)
    const found = name === undefined ? undefined : run.context.named?.(name)
    if (found === undefined) return unknown('the name of the entity is computed')
    return gathered([
      ...found.known.map((id) => ({ when: same(name!, value(id)), value: make(id, undefined) })),
      { when: not(or(...found.known.map((id) => same(name!, value(id))))), value: make(found.other, undefined) },
    ])
  })
}

/** `states('x')`. */
export function states(run: Run, given: Given): Jinja {
  const [of] = given.plain
  const entity = of ?? given.named.get('entity_id')
  if (entity === undefined) return { is: 'domain', name: '' }
  const unit = argument(given, 2, 'with_unit')
  const shown = argument(given, 1, 'rounded')
  return named(run, entity, (id) => {
    const text = stateText(run, id)
    if (unit !== undefined && constantOf(unit) !== false) return unknown('a state with its unit', { is: 'text' })
    return shown !== undefined && constantOf(shown) !== false && text.is === 'scalar' && constantOf(text) === undefined
      ? unknown('a state rounded for display', { is: 'text' })
      : text
  })
}

/** `states[name]` for a name that is computed. */
export function stateNamed(run: Run, of: Jinja): Jinja {
  return named(run, of, (id) => (exists(run, id) ? { is: 'state', entity: id } : NONE))
}

/** `is_state('x', 'on')`, with one or several states. */
export function isState(run: Run, entity: Jinja, wanted: Jinja): Jinja {
  return named(run, entity, (id) => {
    if (!exists(run, id)) return constant(false)
    const state = stateText(run, id)
    return lifted(run, [wanted], (one) =>
      one.is === 'list'
        ? truthValue(or(...one.items.map(({ when, value: item }) => and(when, equal(run, state, item)))))
        : truthValue(equal(run, state, one)),
    )
  })
}

export function stateAttribute(run: Run, entity: Jinja, name: Jinja): Jinja {
  return named(run, entity, (id) =>
    splitLifted(run, [name], (one) => {
      const key = textOf(one)
      if (key !== undefined) return attributeValue(run, id, key) ?? NONE
      return unknown(one.is === 'unknown' ? one.why : 'the name of the attribute is computed')
    }),
  )
}

export const isStateAttribute = (run: Run, entity: Jinja, name: Jinja, wanted: Jinja): Jinja =>
  truthValue(equal(run, stateAttribute(run, entity, name), wanted))

export function hasValue(run: Run, entity: Jinja): Jinja {
  return named(run, entity, (id) => {
    if (!exists(run, id)) return constant(false)
    const state = stateText(run, id)
    return truthValue(not(or(equal(run, state, constant('unavailable')), equal(run, state, constant('unknown')))))
  })
}

/** A member of a state object, of its attributes, or of `states`. */
export function stateMember(run: Run, of: StateObject, name: string): Jinja {
  const held = of.holds?.get(name)
  if (of.is === 'attributes') return held ?? attributeValue(run, of.entity, name) ?? UNDEFINED(name)
  if (held !== undefined && (name === 'state' || name.startsWith('last_'))) return held
  const [domain, object] = [of.entity.slice(0, Math.max(of.entity.indexOf('.'), 0)), of.entity.slice(of.entity.indexOf('.') + 1)]
  switch (name) {
    case 'state':
      return stateText(run, of.entity)
    case 'attributes':
      return { ...of, is: 'attributes' }
    case 'entity_id':
      return constant(of.entity)
    case 'domain':
      return constant(domain)
    case 'object_id':
      return constant(object)
    case 'name': {
      const friendly = of.holds?.get('friendly_name') ?? attributeValue(run, of.entity, 'friendly_name')
      return friendly ?? constant(object.replaceAll('_', ' '))
    }
    case 'last_changed':
    case 'last_updated':
    case 'last_reported':
      return since(run, of.entity, name)
    case 'state_with_unit':
      return unknown('a state with its unit', { is: 'text' })
    case 'context':
      return contextOf(run, of.entity)
    case 'as_dict':
    case 'as_compressed_state':
      return { is: 'method', of, name }
    default:
      return UNDEFINED(name)
  }
}

/** Who or what caused the state: ids, or None. */
function contextOf(run: Run, entity: string): Jinja {
  const parts = ['id', 'user_id', 'parent_id'].flatMap((name) => {
    const attribute = run.context.entity(entity, `context.${name}`)
    return attribute === undefined ? [] : [[name, reading(run, attribute, false)] as const]
  })
  return { is: 'mapping', entries: new Map<string, Jinja>(parts) }
}

function since(run: Run, entity: string, name: 'last_changed' | 'last_updated' | 'last_reported'): Jinja {
  const age = run.context.age(entity, name)
  if (age === undefined) return unknown(`\`${name}\` of \`${entity}\``)
  const { of } = reading(run, age, false)
  return { is: 'moment', base: 'now', offset: apply('-', of), stamp: false }
}

/** `states.x` and `states.x.y`, `states['x.y']`. */
export function domainMember(run: Run, domain: string, name: string): Jinja {
  const id = normal(domain === '' ? name : `${domain}.${name}`)
  if (!id.includes('.')) return { is: 'domain', name: id }
  return exists(run, id) ? { is: 'state', entity: id } : NONE
}

const object = (entity: string): Jinja => ({ is: 'state', entity })

/** The entities of a domain, as state objects. */
export function ofDomain(run: Run, name: string): Jinja {
  if (name === '') return unknown('the states of all entities')
  const members = run.context.registry('domain', name)
  if (members !== undefined) return list([...members].sort().map(object))
  const all = run.context.entities?.(name)
  return all === undefined ? unknown(`the entities of the domain \`${name}\``) : reading(run, all, false)
}

/** `expand(...)`: state objects of entities, groups opened. */
export function expand(run: Run, parts: readonly Jinja[]): Jinja {
  let hidden: string | undefined
  const found = new Map<string, Jinja>()
  const conditions = new Map<string, ReturnType<typeof value>>()
  const add = (of: Jinja, when: ReturnType<typeof value>): void => {
    switch (of.is) {
      case 'list':
        for (const item of of.items) add(item.value, and(when, item.when))
        return
      case 'domain':
        add(ofDomain(run, of.name), when)
        return
      case 'choice': {
        let before = when
        for (const way of of.cases) {
          add(way.value, and(before, way.when))
          before = and(before, not(way.when))
        }
        add(of.otherwise, before)
        return
      }
      case 'unknown':
        hidden ??= of.why
        return
      case 'mapping': {
        const id = of.entries.get('entity_id')
        if (id !== undefined) add(id, when)
        else hidden ??= 'the members of something that is no entity'
        return
      }
      case 'state':
      case 'scalar':
      case 'changed':
      case 'joined': {
        const text = of.is === 'state' ? of.entity : textOf(of)
        if (text === undefined) {
          if (of.is === 'scalar' && of.values !== undefined) {
            for (const one of of.values) if (typeof one === 'string') add(constant(one), and(when, same(of.of, value(one))))
            return
          }
          const name = textExpr(run, of)
          const named = name === undefined ? undefined : run.context.named?.(name)
          const there = named === undefined ? undefined : run.context.entity(named.other, 'is there')
          if (named === undefined || there === undefined) {
            hidden ??= 'the name of the entity is computed'
            return
          }
          for (const id of named.known) add(constant(id), and(when, same(name!, value(id))))
          const known = or(...named.known.map((id) => same(name!, value(id))))
          found.set(named.other, object(named.other))
          conditions.set(named.other, and(when, not(known), same(reading(run, there, false).of, value(true))))
          return
        }
        const id = normal(text)
        const group = run.context.registry('members', id)
        if (group === undefined) hidden ??= `the members of \`${id}\``
        else
          for (const member of group) {
            if (member === id && !exists(run, id)) continue
            found.set(member, of.is === 'state' && member === of.entity ? of : object(member))
            conditions.set(member, or(conditions.get(member) ?? FALSE, when))
          }
        return
      }
      case 'attributes':
      case 'space':
      case 'parts':
      case 'undefined':
      case 'moment':
      case 'span':
      case 'clock':
      case 'function':
      case 'method':
      case 'macro':
        return
    }
  }
  for (const part of parts) add(part, TRUE)
  if (hidden !== undefined) return unknown(hidden)
  return {
    is: 'list',
    items: [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, of]) => ({ when: conditions.get(id)!, value: of })),
  }
}

const LISTS: Readonly<Record<string, RegistryQuestion>> = {
  area_entities: 'area_entities',
  area_devices: 'area_devices',
  device_entities: 'device_entities',
  label_entities: 'label_entities',
  label_areas: 'label_areas',
  floor_areas: 'floor_areas',
  floor_entities: 'floor_entities',
  integration_entities: 'integration_entities',
  areas: 'areas',
}
const SINGLE: Readonly<Record<string, RegistryQuestion>> = { area_id: 'area_id', area_name: 'area_name', device_id: 'device_id' }

export const asksRegistry = (name: string): boolean => Object.hasOwn(LISTS, name) || Object.hasOwn(SINGLE, name)

export function registry(run: Run, name: string, of: Jinja | undefined): Jinja {
  const question = LISTS[name] ?? SINGLE[name]!
  return ofConstants(
    run,
    [of ?? constant('')],
    (about) => {
      const known = run.context.registry(question, String(about))
      if (known === undefined) return unknown(`\`${name}\` needs the registries of the home`)
      return LISTS[name] !== undefined ? list(known.map((one) => constant(one))) : known[0] === undefined ? NONE : constant(known[0])
    },
    `what \`${name}\` is asked for is computed`,
  )
}
