/** The constants that a condition on one name compares it with: where its values are cut into cells. */
import { LARGEST } from '../expression/literal.ts'
import { operands, type TypedExpression } from '../expression/typed.ts'
import type { Draft } from './rules-formula.ts'
import { rangeBounds } from './rules-versions.ts'

/** Notes them; false where cells cannot decide the condition, and arithmetic has to. */
export function noteConstants(node: TypedExpression, draft: Draft): boolean {
  switch (draft.kind) {
    case 'bool':
    case 'enum':
      return true
    case 'whole':
      return noteNumbers(node, draft)
    case 'text':
    case 'version':
      noteTexts(node, draft)
      return true
    case 'json':
    case 'presence':
    case 'member':
      return false
  }
}

/** A multiple of the name, perhaps with a default. */
function factorOf(node: TypedExpression): number | undefined {
  switch (node.is) {
    case 'path':
      return 1
    case 'scale': {
      const factor = factorOf(node.of)
      return factor === undefined ? undefined : factor * node.factor
    }
    case 'negative': {
      const factor = factorOf(node.of)
      return factor === undefined ? undefined : -factor
    }
    case 'or-value':
      return node.otherwise.is === 'literal' ? factorOf(node.of) : undefined
    default:
      return undefined
  }
}

function noteNumbers(node: TypedExpression, draft: Draft): boolean {
  switch (node.is) {
    case 'literal':
      return true
    case 'has':
      return factorOf(node.of) === 1 || noteNumbers(node.of, draft)
    case 'and':
    case 'or':
    case 'not':
    case 'if':
    case 'or-value':
      return node.type.is === 'bool' && operands(node).every((operand) => noteNumbers(operand, draft))
    case 'compare': {
      const [side, literal] = node.right.is === 'literal' ? [node.left, node.right] : [node.right, node.left]
      if (literal.is !== 'literal') return false
      if (node.by === 'bool') return noteNumbers(side, draft)
      return node.by === 'number' && noteCuts(factorOf(side), [literal.value as number], draft)
    }
    case 'one-of':
      if (node.by === 'bool') return noteNumbers(node.of, draft)
      return node.by === 'number' && noteCuts(factorOf(node.of), node.values as readonly number[], draft)
    default:
      return false
  }
}

function noteCuts(factor: number | undefined, values: readonly number[], draft: Draft): boolean {
  if (factor === undefined || factor === 0 || !Number.isSafeInteger(factor)) return false
  for (const value of values) {
    draft.numbers.add(Math.floor(value / factor) + 0)
    draft.numbers.add(Math.ceil(value / factor) + 0)
  }
  // Beyond these a multiple is no exact number, hence unknown.
  const largest = Math.floor(LARGEST / Math.abs(factor))
  if (largest < LARGEST) for (const bound of [largest, -largest]) draft.numbers.add(bound)
  return true
}

const isText = (node: TypedExpression): string | undefined =>
  node.is === 'literal' && typeof node.value === 'string' ? node.value : undefined

/** The name itself, or the name with a default. */
function isName(node: TypedExpression): boolean {
  return node.is === 'path' || (node.is === 'or-value' && isName(node.of) && node.otherwise.is === 'literal')
}

function noteTexts(node: TypedExpression, draft: Draft): void {
  const add = (text: string): void => void (draft.kind === 'version' ? draft.versions : draft.texts).add(text)
  switch (node.is) {
    case 'literal':
    case 'path':
    case 'missing':
      return
    case 'compare': {
      const [side, literal] = node.right.is === 'literal' ? [node.left, node.right] : [node.right, node.left]
      const text = isText(literal)
      if (text !== undefined && isName(side)) {
        add(text)
        return
      }
      if (side.is === 'version-part' && side.part === 'major' && isName(side.of) && literal.is === 'literal') {
        const major = literal.value as number
        for (const bound of [major, major + 1]) if (bound >= 0 && Number.isSafeInteger(bound)) draft.versions.add(`${bound}.0.0-0`)
        return
      }
      if (node.by !== 'bool') draft.opaque = true
      break
    }
    case 'one-of':
      if (isName(node.of)) for (const value of node.values) add(value as string)
      else if (node.by !== 'bool') draft.opaque = true
      break
    case 'text-test': {
      const text = isText(node.with)
      if (text === undefined || !isName(node.of) || draft.kind === 'version') draft.opaque = true
      else (node.test === 'startsWith' ? draft.prefixes : node.test === 'endsWith' ? draft.suffixes : draft.parts).add(text)
      return
    }
    case 'version-test':
      if (!isName(node.of) || draft.kind !== 'version') draft.opaque = true
      for (const bound of node.test === 'satisfies' ? rangeBounds(node.with) : [node.with]) draft.versions.add(bound)
      return
    case 'has':
    case 'and':
    case 'or':
    case 'not':
    case 'if':
    case 'or-value':
      break
    case 'matches':
      if (!isName(node.of) || draft.kind !== 'text') draft.opaque = true
      else draft.patterns.add(node.pattern)
      return
    case 'version-part':
    case 'size':
    case 'member':
    case 'set-test':
    case 'arithmetic':
    case 'negative':
    case 'scale':
      draft.opaque = true
  }
  for (const operand of operands(node)) noteTexts(operand, draft)
}
