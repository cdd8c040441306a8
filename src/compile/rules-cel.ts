/** Reads a condition of the requirement language as a formula over cells, and notes the constants that its names are compared with. */
import { evaluate } from '../expression/evaluate.ts'
import { printExpression } from '../expression/print.ts'
import type { RuleName } from '../expression/rule-condition.ts'
import { operands, pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { ExpressionType } from '../model/expression-type.ts'
import { draftOf, type Drafts } from './rules-drafts.ts'
import { noteConstants } from './rules-constants.ts'
import type { Deciding, Draft, Formula, Test } from './rules-formula.ts'

export interface CelReading {
  readonly drafts: Drafts
  readonly names: Readonly<Record<string, RuleName>>
}

const UNKNOWN: Formula = { is: 'constant', value: undefined }
const flag = (dimension: number): Formula => ({ is: 'flag', dimension })

export function celFormula(reading: CelReading, node: TypedExpression): Formula {
  const paths = pathsOf(node)
  if (paths.length === 0) return { is: 'constant', value: evaluate(node, () => undefined) as boolean | undefined }
  const [only] = paths
  if (paths.length === 1 && typeOf(reading, only!).is !== 'set' && noteConstants(node, dimensionOf(reading, only!).draft))
    return { ...test(reading, node, paths, 'cells'), ...(isEven(node) ? { even: true } : {}) }
  switch (node.is) {
    case 'not':
      return { is: 'not', of: celFormula(reading, node.of) }
    case 'and':
      return { is: 'all', of: node.all.map((part) => celFormula(reading, part)) }
    case 'or':
      return { is: 'any', of: node.any.map((part) => celFormula(reading, part)) }
    case 'if':
      return {
        is: 'if',
        condition: celFormula(reading, node.condition),
        then: celFormula(reading, node.then),
        otherwise: celFormula(reading, node.otherwise),
      }
    case 'or-value':
      return { is: 'or-value', of: celFormula(reading, node.of), otherwise: celFormula(reading, node.otherwise) }
    case 'has':
      if (node.of.is === 'path') return flag(dimensionOf(reading, node.of.path).index)
      return node.of.type.is === 'bool'
        ? { is: 'known', of: celFormula(reading, node.of) }
        : test(reading, node, paths, deciding(reading, node, paths))
    case 'literal':
    case 'missing':
    case 'path':
    case 'compare':
    case 'one-of':
    case 'arithmetic':
    case 'negative':
    case 'scale':
    case 'text-test':
    case 'matches':
    case 'version-test':
    case 'version-part':
    case 'member':
    case 'set-test':
    case 'size':
      return ofSet(reading, node) ?? test(reading, node, paths, deciding(reading, node, paths))
  }
}

/** Tests of one set against texts written out are tests of its members. */
function ofSet(reading: CelReading, node: TypedExpression): Formula | undefined {
  const asks = setTest(node)
  if (asks === undefined) return undefined
  const { path, members, how } = asks
  const present = dimensionOf(reading, path).index
  const has = members.map((member) => flag(memberOf(reading, path, member)))
  const inside: Formula =
    how === 'any' ? { is: 'any', of: has } : { is: 'all', of: [...(how === 'same' ? has : []), ...notBeside(reading, path, members)] }
  const asked: Formula = { is: 'if', condition: flag(present), then: inside, otherwise: UNKNOWN }
  return node.is === 'compare' && node.operator === '!=' ? { is: 'not', of: asked } : asked
}

type SetTest = { readonly path: string; readonly members: readonly string[]; readonly how: 'any' | 'subset' | 'same' }

/** `any`: one of the texts is a member; `subset`: nothing else is; `same`: these are, and nothing else. */
export function setTest(node: TypedExpression): SetTest | undefined {
  if (node.is === 'member' && node.member.is === 'literal' && node.of.is === 'path')
    return { path: node.of.path, members: [node.member.value as string], how: 'any' }
  if (node.is === 'set-test' && node.of.is === 'path' && node.with.is === 'literal')
    return { path: node.of.path, members: node.with.value as readonly string[], how: node.test === 'intersects' ? 'any' : 'subset' }
  if (node.is === 'compare' && node.by === 'set') {
    const [path, literal] = node.left.is === 'path' ? [node.left, node.right] : [node.right, node.left]
    if (path.is === 'path' && literal.is === 'literal') return { path: path.path, members: literal.value as readonly string[], how: 'same' }
  }
  return undefined
}

/** No member but these: every member that some rule names, and those that none names. INVARIANT: all members were noted before. */
function notBeside(reading: CelReading, path: string, members: readonly string[]): readonly Formula[] {
  const others: Formula[] = [{ is: 'not', of: flag(memberOf(reading, path, undefined)) }]
  for (const draft of reading.drafts.byName.values()) {
    if (draft.of === path && draft.member !== undefined && !members.includes(draft.member))
      others.push({ is: 'not', of: flag(reading.drafts.indexOf.get(draft.name)!) })
  }
  return others
}

/** Notes the members of sets that a condition names. */
export function noteMembers(reading: CelReading, node: TypedExpression): void {
  const asks = setTest(node)
  if (asks !== undefined) for (const member of asks.members) memberOf(reading, asks.path, member)
  for (const operand of operands(node)) noteMembers(reading, operand)
}

function memberOf(reading: CelReading, path: string, member: string | undefined): number {
  dimensionOf(reading, path)
  const name = member === undefined ? `${path} beside` : `${path} has ${JSON.stringify(member)}`
  return draftOf(reading.drafts, name, 'member', { always: true, of: path, ...(member === undefined ? {} : { member }) }).index
}

function test(reading: CelReading, node: TypedExpression, paths: readonly string[], how: Deciding): Test {
  const reads = paths.map((path) => dimensionOf(reading, path).index)
  return { is: 'test', key: printExpression(node), reads, deciding: how, condition: { language: 'cel', expression: node } }
}

/** Whether a text is only held against texts written out. */
function isEven(node: TypedExpression): boolean {
  switch (node.is) {
    case 'compare':
      return (node.by === 'text' || node.by === 'bool') && operands(node).every(isEven)
    case 'one-of':
      return (node.by === 'text' || node.by === 'bool') && isEven(node.of)
    case 'path':
      return node.type.is === 'text' || node.type.is === 'device'
    case 'literal':
    case 'missing':
    case 'has':
    case 'and':
    case 'or':
    case 'not':
    case 'if':
    case 'or-value':
      return operands(node).every(isEven)
    case 'text-test':
    case 'matches':
    case 'version-test':
    case 'version-part':
    case 'member':
    case 'set-test':
    case 'size':
    case 'arithmetic':
    case 'negative':
    case 'scale':
      return false
  }
}

const COUNTED: readonly ExpressionType['is'][] = ['int', 'decimal', 'time', 'duration']

function deciding(reading: CelReading, node: TypedExpression, paths: readonly string[]): Deciding {
  const types = paths.map((path) => typeOf(reading, path).is)
  if (types.every((is) => COUNTED.includes(is) || is === 'bool') && arithmeticOnly(node)) return 'term'
  if (node.is !== 'compare' || node.left.is !== 'path' || node.right.is !== 'path' || node.by === 'semver' || node.by === 'set')
    return 'free'
  const left = dimensionOf(reading, node.left.path).draft
  const right = dimensionOf(reading, node.right.path).draft
  left.related.add(right.name)
  right.related.add(left.name)
  return 'pairs'
}

/** Whether the solver's arithmetic knows every part. */
function arithmeticOnly(node: TypedExpression): boolean {
  switch (node.is) {
    case 'literal':
      return typeof node.value !== 'object' && typeof node.value !== 'string'
    case 'compare':
      if (node.by !== 'number' && node.by !== 'bool') return false
      break
    case 'one-of':
      if (node.by !== 'number' && node.by !== 'bool') return false
      break
    case 'text-test':
    case 'matches':
    case 'version-test':
    case 'version-part':
    case 'member':
    case 'set-test':
    case 'size':
      return false
    case 'missing':
    case 'path':
    case 'has':
    case 'or-value':
    case 'not':
    case 'and':
    case 'or':
    case 'if':
    case 'arithmetic':
    case 'negative':
    case 'scale':
      break
  }
  return operands(node).every(arithmeticOnly)
}

function typeOf(reading: CelReading, path: string): ExpressionType {
  return reading.names[path]!.type
}

function dimensionOf(reading: CelReading, path: string): { readonly draft: Draft; readonly index: number } {
  const { type, always } = reading.names[path]!
  return draftOf(reading.drafts, path, kindOf(type), { always, values: type.is === 'enum' ? type.values : [] })
}

function kindOf(type: ExpressionType): Draft['kind'] {
  switch (type.is) {
    case 'bool':
    case 'enum':
      return type.is
    case 'int':
    case 'decimal':
    case 'time':
    case 'duration':
      return 'whole'
    case 'text':
    case 'device':
      return 'text'
    case 'semver':
      return 'version'
    case 'set':
    case 'list':
      return 'presence'
  }
}
