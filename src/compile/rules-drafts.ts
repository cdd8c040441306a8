/** The drafts of dimensions while the conditions of a rule set are read, by name; numbers are given when all are read. */
import { newDraft, type Draft } from './rules-formula.ts'

export interface Drafts {
  readonly byName: Map<string, Draft>
  readonly indexOf: Map<string, number>
}

export function newDrafts(): Drafts {
  return { byName: new Map(), indexOf: new Map() }
}

/** The draft of that name, made at the first call; its dimension has the number in which drafts were made. */
export function draftOf(
  drafts: Drafts,
  name: string,
  kind: Draft['kind'],
  rest: Partial<Pick<Draft, 'always' | 'values' | 'member' | 'of'>> = {},
): { readonly draft: Draft; readonly index: number } {
  let draft = drafts.byName.get(name)
  if (draft === undefined) {
    draft = newDraft(name, kind, rest)
    drafts.indexOf.set(name, drafts.byName.size)
    drafts.byName.set(name, draft)
  }
  return { draft, index: drafts.indexOf.get(name)! }
}

/** Names that are compared with each other, each group in order; constants of one are constants of all, so that equal values stand in equal cells. */
export function uniteRelated(drafts: Drafts): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const name of drafts.byName.keys()) {
    if (sizes.has(name)) continue
    const group = [name]
    const seen = new Set(group)
    for (let at = 0; at < group.length; at++) {
      for (const other of drafts.byName.get(group[at]!)!.related) {
        if (seen.has(other)) continue
        seen.add(other)
        group.push(other)
      }
    }
    const all = group.map((member) => drafts.byName.get(member)!)
    for (const draft of all) {
      for (const other of all) {
        for (const text of [...other.texts, ...other.values]) draft.texts.add(text)
        for (const key of ['numbers', 'prefixes', 'suffixes', 'parts'] as const) {
          for (const one of other[key]) (draft[key] as Set<unknown>).add(one)
        }
      }
      draft.ordered = all.some((other) => other.ordered)
      // Classes of texts do not say which texts are equal: comparisons between names are exact only where constants are all that is asked.
      if (group.length > 1 && all.some((other) => other.prefixes.size + other.suffixes.size + other.parts.size + other.patterns.size > 0))
        draft.opaque = true
    }
    for (const member of group) sizes.set(member, group.length)
  }
  return sizes
}
