/**
 * The meaning of a device query for one device.
 *
 * A comparison that reads a missing property, or an object, is unknown; logic is Kleene's, so that `NOT` of an unknown condition is unknown; only what is true
 * selects. Values of different JSON types are unequal and have no order; texts are ordered by their UTF-16 units.
 */
import { type DeviceQuery, type QueryComparison, queryPathName, type QueryPath, type QueryScalar } from '../model/device-query.ts'

/** What a property holds: a scalar, an object (of which nothing is known), or nothing. */
export type QueryProperty = QueryScalar | { readonly is: 'object' } | undefined
export type QueryLookup = (name: string) => QueryProperty

/** Returns whether the query holds; `undefined` is unknown. */
export function evaluateQuery(query: DeviceQuery, lookup: QueryLookup): boolean | undefined {
  const scalar = (path: QueryPath): QueryScalar | undefined => {
    const value = lookup(queryPathName(path))
    return typeof value === 'object' ? undefined : value
  }
  switch (query.is) {
    case 'always':
      return query.value
    case 'all':
    case 'any': {
      const deciding = query.is === 'any'
      let known = true
      for (const part of query.of) {
        const value = evaluateQuery(part, lookup)
        if (value === deciding) return deciding
        if (value === undefined) known = false
      }
      return known ? !deciding : undefined
    }
    case 'not': {
      const value = evaluateQuery(query.of, lookup)
      return value === undefined ? undefined : !value
    }
    case 'true': {
      const value = scalar(query.path)
      return typeof value === 'boolean' ? value : undefined
    }
    case 'defined':
      return lookup(queryPathName(query.path)) !== undefined
    case 'compare':
      return compareScalars(query.operator, scalar(query.path), query.value)
    case 'compare-paths':
      return compareScalars(query.operator, scalar(query.left), scalar(query.right))
    case 'one-of': {
      const value = scalar(query.path)
      return value === undefined ? undefined : query.values.includes(value)
    }
    case 'text-test': {
      const value = scalar(query.path)
      if (typeof value !== 'string') return undefined
      switch (query.test) {
        case 'startsWith':
          return value.startsWith(query.text)
        case 'endsWith':
          return value.endsWith(query.text)
        case 'contains':
          return value.includes(query.text)
      }
    }
  }
}

function compareScalars(operator: QueryComparison, a: QueryScalar | undefined, b: QueryScalar | undefined): boolean | undefined {
  if (a === undefined || b === undefined) return undefined
  switch (operator) {
    case '=':
      return a === b
    case '!=':
      return a !== b
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (typeof a !== typeof b || typeof a === 'boolean') return undefined
      return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b
  }
}
