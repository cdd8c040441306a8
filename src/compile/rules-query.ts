/** Reads a device query as a formula over cells, and notes the constants that its properties are compared with. */
import { type DeviceQuery, queryPathName, type QueryPath, type QueryScalar } from '../model/device-query.ts'
import { draftOf, type Drafts } from './rules-drafts.ts'
import type { Deciding, Draft, Formula } from './rules-formula.ts'

export function queryFormula(drafts: Drafts, query: DeviceQuery): Formula {
  switch (query.is) {
    case 'always':
      return { is: 'constant', value: query.value }
    case 'all':
    case 'any':
      return { is: query.is, of: query.of.map((part) => queryFormula(drafts, part)) }
    case 'not':
      return { is: 'not', of: queryFormula(drafts, query.of) }
    case 'true':
    case 'defined':
      return test(drafts, query, [query.path], 'cells')
    case 'compare': {
      const { draft } = property(drafts, query.path)
      noteScalar(draft, query.value)
      if (typeof query.value === 'string' && query.operator !== '=' && query.operator !== '!=') draft.ordered = true
      return test(drafts, query, [query.path], 'cells')
    }
    case 'one-of':
      for (const value of query.values) noteScalar(property(drafts, query.path).draft, value)
      return test(drafts, query, [query.path], 'cells')
    case 'text-test': {
      const { draft } = property(drafts, query.path)
      const texts = { startsWith: draft.prefixes, endsWith: draft.suffixes, contains: draft.parts }
      texts[query.test].add(query.text)
      return test(drafts, query, [query.path], 'cells')
    }
    case 'compare-paths': {
      const left = property(drafts, query.left).draft
      const right = property(drafts, query.right).draft
      left.related.add(right.name)
      right.related.add(left.name)
      if (query.operator !== '=' && query.operator !== '!=') left.ordered = true
      return test(drafts, query, left === right ? [query.left] : [query.left, query.right], left === right ? 'cells' : 'pairs')
    }
  }
}

function noteScalar(draft: Draft, value: QueryScalar): void {
  if (typeof value === 'string') draft.texts.add(value)
  if (typeof value === 'number') draft.numbers.add(value)
}

function test(drafts: Drafts, query: DeviceQuery, paths: readonly QueryPath[], deciding: Deciding): Formula {
  const reads = paths.map((path) => property(drafts, path).index)
  const even = deciding === 'cells' && isEven(query)
  return { is: 'test', key: JSON.stringify(query), reads, deciding, condition: { language: 'query', query }, ...(even ? { even } : {}) }
}

/** Whether texts are only held against texts written out. */
function isEven(query: DeviceQuery): boolean {
  if (query.is === 'compare') return query.operator === '=' || query.operator === '!=' || typeof query.value !== 'string'
  return query.is === 'one-of' || query.is === 'defined' || query.is === 'true'
}

/** Every device has an id, which is a text; all else may be missing and of any type. */
function property(drafts: Drafts, path: QueryPath): { readonly draft: Draft; readonly index: number } {
  const name = queryPathName(path)
  return name === 'deviceId' ? draftOf(drafts, name, 'text', { always: true }) : draftOf(drafts, name, 'json')
}
