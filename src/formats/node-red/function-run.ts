/** Executes the loop-free JavaScript of a function node on expressions: every way through it with its condition, what it stores and what it sends. */
import { type AnyNode, type Expression, type Pattern, parse, type SpreadElement, type Statement } from 'acorn'
import type { AutomationExpression } from '../../model/automation.ts'
import { and, choose, FALSE, not, or, same, sizeOf, value } from './expressions.ts'
import { binary, isTextMethod, logical, mathOf, parsed, plain as plainOf, textMethod } from './function-operators.ts'
import { copyState, give, type JsPath, type JsState, type JsValue, primitive, UNDEFINED, type OpenValue } from './function-values.ts'
import { is } from './expressions.ts'
import { numberOf, truthy } from './javascript-values.ts'

/** What a function can reach around itself. */
export interface FunctionWorld {
  readonly input: (path: string) => AutomationExpression
  /** The attribute of a context variable; undefined where there is none. */
  readonly attribute: (which: 'flow' | 'global' | 'node', key: string) => string | undefined
  readonly stored: (attribute: string) => AutomationExpression
  readonly environment: (name: string) => AutomationExpression
  readonly open: OpenValue
  readonly outputs: number
}

const MAXIMUM_PATHS = 48
const MAXIMUM_SIZE = 1500
const GLOBALS = new Set([
  'flow',
  'global',
  'context',
  'node',
  'env',
  'RED',
  'Math',
  'JSON',
  'console',
  'Object',
  'Date',
  'Number',
  'String',
  'Boolean',
  'parseFloat',
  'parseInt',
  'isNaN',
  'Array',
  'clearTimeout',
  'clearInterval',
])

interface Run {
  readonly world: FunctionWorld
  /** Ways that have ended, by return or by an error. */
  readonly done: JsPath[]
  messages: number
}

/** Every way through the code. Gives up (`isGivenUp`) on loops, functions, promises and what else has no expression. */
export function runFunction(code: string, world: FunctionWorld): readonly JsPath[] {
  let body: readonly Statement[]
  try {
    const program = parse(code, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      allowHashBang: false,
    })
    body = program.body as readonly Statement[]
  } catch (error) {
    // acorn answers broken code by SyntaxError, and deep nesting by RangeError.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
    return give('the code cannot be parsed')
  }
  const run: Run = { world, done: [], messages: 1 }
  const start: JsState = {
    variables: new Map([['msg', { is: 'message', id: 0 }]]),
    messages: new Map([[0, { properties: new Map(), fromInput: true }]]),
    stored: new Map(),
    sent: [],
  }
  const ends = statements(run, body, [{ when: value(true), state: start }])
  return [...run.done, ...ends].filter(({ when }) => when !== FALSE && !(when.is === 'value' && when.value !== true))
}

function statements(run: Run, list: readonly Statement[], paths: readonly JsPath[]): readonly JsPath[] {
  let open = paths
  for (const one of list) {
    open = open.flatMap((path) => statement(run, one, path))
    if (open.length + run.done.length > MAXIMUM_PATHS) give('too many ways lead through the code')
  }
  return open
}

function statement(run: Run, node: Statement, path: JsPath): readonly JsPath[] {
  switch (node.type) {
    case 'EmptyStatement':
    case 'DebuggerStatement':
      return [path]
    case 'ExpressionStatement':
      if (node.expression.type !== 'Literal') evaluate(run, path, node.expression)
      return [path]
    case 'VariableDeclaration':
      for (const { id, init } of node.declarations) {
        const initial = init === null || init === undefined ? UNDEFINED : evaluate(run, path, init)
        bind(run, path, id, initial)
      }
      return [path]
    case 'BlockStatement':
      return statements(run, node.body, [path])
    case 'IfStatement':
      return decide(
        run,
        path,
        node.test,
        (taken) => statement(run, node.consequent, taken),
        (taken) => (node.alternate === null || node.alternate === undefined ? [taken] : statement(run, node.alternate, taken)),
      )
    case 'ReturnStatement': {
      const { argument } = node
      if (argument?.type === 'ConditionalExpression')
        return decide(
          run,
          path,
          argument.test,
          (taken) => statement(run, { ...node, argument: argument.consequent }, taken),
          (taken) => statement(run, { ...node, argument: argument.alternate }, taken),
        )
      if (argument !== null && argument !== undefined) send(path, evaluate(run, path, argument))
      run.done.push(path)
      return []
    }
    case 'ThrowStatement':
      run.done.push(path)
      return []
    case 'SwitchStatement':
      return switchStatement(run, node, path)
    case 'TryStatement':
      return give('catches errors')
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
      return give('a loop')
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return give('declares a function of its own')
    default:
      return give(`the statement \`${node.type}\``)
  }
}

type SwitchNode = Extract<Statement, { type: 'SwitchStatement' }>

/** Cases that end with `break` or `return`, so that none falls into the next (empty ones may). */
function switchStatement(run: Run, node: SwitchNode, path: JsPath): readonly JsPath[] {
  const subject = plain(run, path, evaluate(run, path, node.discriminant))
  const groups: { readonly tests: (Expression | null)[]; readonly body: readonly Statement[] }[] = []
  let tests: (Expression | null)[] = []
  node.cases.forEach(({ test, consequent }, index) => {
    tests.push(test ?? null)
    if (consequent.length === 0) return
    const flat = consequent.flatMap((one) => (one.type === 'BlockStatement' ? one.body : [one]))
    const last = flat.at(-1)
    if (last === undefined || (last.type !== 'BreakStatement' && last.type !== 'ReturnStatement' && index + 1 < node.cases.length))
      give('a case of `switch` falls into the next')
    const body = last.type === 'BreakStatement' ? flat.slice(0, -1) : flat
    if (JSON.stringify(body, skipBig).includes('"BreakStatement"')) give('leaves a `switch` in the middle')
    groups.push({ tests, body })
    tests = []
  })
  const fallback = groups.find((group) => group.tests.includes(null))
  const go = (at: number, here: JsPath): readonly JsPath[] => {
    const group = groups[at]
    if (group === undefined) return fallback === undefined ? [here] : statements(run, fallback.body, [here])
    const matching = group.tests.flatMap((test) => (test === null ? [] : [same(subject, plain(run, here, evaluate(run, here, test)))]))
    if (matching.length === 0) return go(at + 1, here)
    return fork(
      run,
      here,
      or(...matching),
      (taken) => statements(run, group.body, [taken]),
      (taken) => go(at + 1, taken),
    )
  }
  return go(0, path)
}

type Way = (path: JsPath) => readonly JsPath[]

function decide(run: Run, path: JsPath, test: Expression, then: Way, otherwise: Way): readonly JsPath[] {
  return fork(run, path, truthyOf(run, path, evaluate(run, path, test)), then, otherwise)
}

/** Both ways, and one again where both go on and have sent the same. */
function fork(run: Run, path: JsPath, condition: AutomationExpression, then: Way, otherwise: Way): readonly JsPath[] {
  if (condition.is === 'value') return condition.value === true ? then(path) : otherwise(path)
  tooLarge(condition)
  const ended = run.done.length
  const whole = path.when
  const yes = then({ when: and(whole, condition), state: copyState(path.state) })
  const no = otherwise({ when: and(whole, not(condition)), state: copyState(path.state) })
  const [a, b] = [yes[0], no[0]]
  if (
    yes.length !== 1 ||
    no.length !== 1 ||
    a === undefined ||
    b === undefined ||
    a.state.sent.length !== path.state.sent.length ||
    b.state.sent.length !== path.state.sent.length
  )
    return [...yes, ...no]
  const state = merge(run, path, condition, a.state, b.state)
  if (state === undefined) return [a, b]
  return [{ when: run.done.length === ended ? whole : or(a.when, b.when), state }]
}

function merge(run: Run, path: JsPath, condition: AutomationExpression, a: JsState, b: JsState): JsState | undefined {
  const join = (left: JsValue | undefined, right: JsValue | undefined): JsValue | undefined => {
    if (left === right && left !== undefined) return left
    if (left === undefined || right === undefined) return undefined
    if (left.is === 'message' || right.is === 'message')
      return left.is === right.is && JSON.stringify(left) === JSON.stringify(right) ? left : undefined
    if (![left, right].every((one) => one.is === 'primitive' || one.is === 'input' || one.is === 'pointed')) return undefined
    return primitive(choose(condition, plain(run, path, left), plain(run, path, right)))
  }
  const variables = new Map<string, JsValue>()
  for (const name of new Set([...a.variables.keys(), ...b.variables.keys()])) {
    if (a.variables.has(name) !== b.variables.has(name)) continue
    const joined = join(a.variables.get(name), b.variables.get(name))
    if (joined === undefined) return undefined
    variables.set(name, joined)
  }
  const messages: JsState['messages'] = new Map()
  for (const [id, left] of a.messages) {
    const right = b.messages.get(id)
    if (right === undefined) return undefined
    const properties = new Map<string, JsValue>()
    for (const key of new Set([...left.properties.keys(), ...right.properties.keys()])) {
      const before = (own: typeof left, state: JsState): JsValue | undefined => own.properties.get(key) ?? propertyOf(state, id, key)
      const joined = join(before(left, a), before(right, b))
      if (joined === undefined) return undefined
      properties.set(key, joined)
    }
    messages.set(id, { properties, fromInput: left.fromInput })
  }
  if (b.messages.size !== a.messages.size) return undefined
  const stored = new Map<string, AutomationExpression>()
  for (const attribute of [...new Set([...a.stored.keys(), ...b.stored.keys()])]) {
    const current = (state: JsState): AutomationExpression => state.stored.get(attribute) ?? run.world.stored(attribute)
    stored.set(attribute, tooLarge(choose(condition, current(a), current(b))))
  }
  return { variables, messages, stored, sent: path.state.sent }
}

function tooLarge(expression: AutomationExpression): AutomationExpression {
  return sizeOf(expression) > MAXIMUM_SIZE ? give('the code makes expressions that are too large') : expression
}

/** The path goes on only where the condition holds; elsewhere the function ends with an error. */
function demand(run: Run, path: JsPath, condition: AutomationExpression): void {
  if (condition.is === 'value' && condition.value === true) return
  run.done.push({ when: and(path.when, not(condition)), state: copyState(path.state) })
  path.when = and(path.when, condition)
}

const plain = (run: Run, _path: JsPath, part: JsValue): AutomationExpression =>
  part.is === 'input' ? run.world.input(part.path) : plainOf(part, run.world.open)

function truthyOf(run: Run, path: JsPath, part: JsValue): AutomationExpression {
  if (part.is === 'message' || part.is === 'list' || part.is === 'mapping' || part.is === 'named') return value(true)
  return truthy(plain(run, path, part))
}

function bind(run: Run, path: JsPath, pattern: Pattern, bound: JsValue): void {
  if (pattern.type === 'Identifier') path.state.variables.set(pattern.name, bound)
  else if (pattern.type === 'MemberExpression') assignMember(run, path, pattern, bound)
  else if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) {
      if (property.type !== 'Property' || property.computed || property.key.type !== 'Identifier') give('takes a mapping apart')
      else bind(run, path, property.value, memberOf(run, path, bound, property.key.name))
    }
  } else give('takes a value apart')
}

function evaluate(run: Run, path: JsPath, node: Expression): JsValue {
  switch (node.type) {
    case 'Literal':
      if (node.value === null || typeof node.value === 'string' || typeof node.value === 'boolean') return primitive(value(node.value))
      if (typeof node.value === 'number' && Number.isFinite(node.value)) return primitive(value(node.value))
      return { is: 'unknown', why: 'a regular expression' }
    case 'TemplateLiteral': {
      const parts = node.expressions.map((part) => plain(run, path, evaluate(run, path, part)))
      if (parts.every((part) => part.is === 'value'))
        return primitive(
          value(
            node.quasis
              .map(
                (text, index) =>
                  (text.value.cooked ?? '') + (index < parts.length ? String((parts[index] as { readonly value: unknown }).value) : ''),
              )
              .join(''),
          ),
        )
      return primitive(run.world.open({ is: 'text' }, 'joins texts'))
    }
    case 'Identifier':
      return variable(path, node.name)
    case 'ParenthesizedExpression':
      return evaluate(run, path, node.expression)
    case 'ChainExpression':
      return give('optional chaining')
    case 'SequenceExpression':
      return node.expressions.map((one) => evaluate(run, path, one)).at(-1) ?? UNDEFINED
    case 'MemberExpression':
      return member(run, path, node)
    case 'UnaryExpression':
      return unary(run, path, node)
    case 'UpdateExpression': {
      const before = primitive(numberOf(plain(run, path, evaluate(run, path, node.argument))))
      const after = binary(node.operator === '++' ? '+' : '-', before, primitive(value(1)), run.world.open)
      bind(run, path, node.argument as Pattern, after)
      return node.prefix ? after : before
    }
    case 'BinaryExpression':
      if (node.left.type === 'PrivateIdentifier') return give('a private name')
      return bounded(
        binary(
          node.operator,
          settled(run, path, evaluate(run, path, node.left)),
          settled(run, path, evaluate(run, path, node.right)),
          run.world.open,
        ),
      )
    case 'LogicalExpression':
      return shortCircuit(run, path, node)
    case 'ConditionalExpression': {
      const condition = truthyOf(run, path, evaluate(run, path, node.test))
      if (condition.is === 'value') return evaluate(run, path, condition.value === true ? node.consequent : node.alternate)
      const then = guarded(run, path, condition, node.consequent)
      const otherwise = guarded(run, path, not(condition), node.alternate)
      return joined(run, path, condition, then, otherwise)
    }
    case 'AssignmentExpression': {
      const right = evaluate(run, path, node.right)
      if (node.operator === '=') {
        bind(run, path, node.left, right)
        return right
      }
      const before = evaluate(run, path, node.left as Expression)
      const operator = node.operator.slice(0, -1)
      if (['&&', '||', '??'].includes(operator)) return give(`the operator \`${node.operator}\``)
      const after = bounded(binary(operator, settled(run, path, before), settled(run, path, right), run.world.open))
      bind(run, path, node.left, after)
      return after
    }
    case 'ObjectExpression':
      return objectLiteral(run, path, node)
    case 'ArrayExpression':
      return {
        is: 'list',
        items: node.elements.map((item) => {
          if (item === null) return UNDEFINED
          return item.type === 'SpreadElement' ? give('spreads a list') : evaluate(run, path, item)
        }),
      }
    case 'CallExpression':
      return call(run, path, node)
    case 'NewExpression':
      return node.callee.type === 'Identifier' && node.callee.name === 'Date'
        ? { is: 'unknown', why: 'the time of day' }
        : give('makes an object of a class')
    case 'AwaitExpression':
    case 'YieldExpression':
      return give('waits for something outside')
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return give('a function of its own')
    default:
      return give(`the expression \`${node.type}\``)
  }
}

function bounded(part: JsValue): JsValue {
  if (part.is === 'primitive') tooLarge(part.value)
  return part
}

/** What stands in the message becomes its value; the rest stays. */
const settled = (run: Run, path: JsPath, part: JsValue): JsValue => (part.is === 'input' ? primitive(plain(run, path, part)) : part)

function joined(run: Run, path: JsPath, condition: AutomationExpression, then: JsValue, otherwise: JsValue): JsValue {
  if (then.is === 'message' && otherwise.is === 'message' && then.id === otherwise.id) return then
  if ([then, otherwise].some((one) => one.is === 'message' || one.is === 'list' || one.is === 'mapping' || one.is === 'named'))
    return give('chooses between lists or mappings')
  return bounded(primitive(choose(condition, plain(run, path, then), plain(run, path, otherwise))))
}

function variable(path: JsPath, name: string): JsValue {
  const known = path.state.variables.get(name)
  if (known !== undefined) return known
  if (name === 'undefined' || name === 'NaN') return UNDEFINED
  return GLOBALS.has(name) ? { is: 'named', name } : give(`the name \`${name}\``)
}

const skipBig = (_: string, part: unknown): unknown => (typeof part === 'bigint' ? String(part) : part)

/** An expression that is evaluated only where the condition holds: it must not change anything. */
function guarded(run: Run, path: JsPath, condition: AutomationExpression, node: Expression): JsValue {
  const text = JSON.stringify(node, skipBig)
  if (/"(AssignmentExpression|UpdateExpression)"|"name":"(set|send)"/.test(text)) give('changes something in the middle of an expression')
  const before = path.when
  path.when = and(before, condition)
  const inside = path.when
  const result = evaluate(run, path, node)
  path.when = path.when === inside ? before : or(and(before, not(condition)), path.when)
  return result
}

function shortCircuit(run: Run, path: JsPath, node: Extract<Expression, { type: 'LogicalExpression' }>): JsValue {
  const left = evaluate(run, path, node.left)
  if (left.is === 'message' || left.is === 'list' || left.is === 'mapping')
    return node.operator === '&&' ? evaluate(run, path, node.right) : left
  const a = plain(run, path, left)
  const goesOn = node.operator === '&&' ? truthy(a) : node.operator === '||' ? not(truthy(a)) : same(a, value(null))
  if (goesOn.is === 'value' && goesOn.value !== true) return primitive(a)
  const right = guarded(run, path, goesOn, node.right)
  if (right.is === 'list' || right.is === 'mapping' || right.is === 'message')
    return { is: 'unknown', why: 'a list or mapping instead of a missing value' }
  return bounded(primitive(logical(node.operator, a, plain(run, path, right))))
}

function unary(run: Run, path: JsPath, node: Extract<Expression, { type: 'UnaryExpression' }>): JsValue {
  if (node.operator === 'delete') {
    if (node.argument.type !== 'MemberExpression') return give('deletes a name')
    assignMember(run, path, node.argument, UNDEFINED)
    return primitive(value(true))
  }
  const argument = evaluate(run, path, node.argument)
  switch (node.operator) {
    case '!':
      return primitive(not(truthyOf(run, path, argument)))
    case '-':
      return binary('-', primitive(value(0)), settled(run, path, argument), run.world.open)
    case '+':
      return primitive(parsed('Number', settled(run, path, argument), run.world.open))
    case 'typeof':
      return argument.is === 'list' || argument.is === 'mapping' || argument.is === 'message'
        ? primitive(value('object'))
        : { is: 'typeof', of: plain(run, path, argument) }
    case 'void':
      return UNDEFINED
    default:
      return give(`the operator \`${node.operator}\``)
  }
}

function objectLiteral(run: Run, path: JsPath, node: Extract<Expression, { type: 'ObjectExpression' }>): JsValue {
  const [first] = node.properties
  if (first?.type === 'SpreadElement') {
    const base = evaluate(run, path, first.argument)
    if (base.is !== 'message') return give('spreads a mapping')
    const copy = copyMessage(run, path, base.id)
    for (const property of node.properties.slice(1)) setProperty(path, copy, ...entryOf(run, path, property))
    return { is: 'message', id: copy }
  }
  return { is: 'mapping', entries: new Map(node.properties.map((property) => entryOf(run, path, property))) }
}

function entryOf(
  run: Run,
  path: JsPath,
  property: Extract<Expression, { type: 'ObjectExpression' }>['properties'][number],
): readonly [string, JsValue] {
  if (property.type !== 'Property' || property.computed || property.kind !== 'init') return give('a mapping with computed keys')
  const { key } = property
  const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : give('a mapping with computed keys')
  return [name, evaluate(run, path, property.value)]
}

function copyMessage(run: Run, path: JsPath, id: number): number {
  const made = run.messages++
  const { properties, fromInput } = path.state.messages.get(id)!
  path.state.messages.set(made, { properties: new Map(properties), fromInput })
  return made
}

type MemberNode = Extract<Expression, { type: 'MemberExpression' }>

/** The name after the dot; undefined where it is computed and not constant. */
function nameOf(run: Run, path: JsPath, node: MemberNode): string | undefined {
  if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : give('a private name')
  if (node.property.type === 'PrivateIdentifier') return give('a private name')
  const key = plain(run, path, evaluate(run, path, node.property))
  return key.is === 'value' ? String(key.value) : undefined
}

function member(run: Run, path: JsPath, node: MemberNode): JsValue {
  if (node.object.type === 'Super') return give('a class')
  const object = evaluate(run, path, node.object)
  const name = nameOf(run, path, node)
  if (name === undefined) {
    if (object.is === 'message') return { is: 'unknown', why: 'a property that the message chooses' }
    demandThere(run, path, object)
    return { is: 'unknown', why: 'an entry of a list or mapping' }
  }
  return memberOf(run, path, object, name)
}

function demandThere(run: Run, path: JsPath, object: JsValue): void {
  if (object.is === 'primitive') demand(run, path, not(same(object.value, value(null))))
  if (object.is === 'input') demand(run, path, not(same(run.world.input(object.path), value(null))))
  if (object.is === 'unknown') demand(run, path, run.world.open({ is: 'bool' }, object.why))
}

function memberOf(run: Run, path: JsPath, object: JsValue, name: string): JsValue {
  switch (object.is) {
    case 'message':
      return propertyOf(path.state, object.id, name)
    case 'input':
      demandThere(run, path, object)
      return { is: 'input', path: `${object.path}.${name}` }
    case 'mapping':
      return object.entries.get(name) ?? UNDEFINED
    case 'list':
      return name === 'length' ? primitive(value(object.items.length)) : (object.items[Number(name)] ?? UNDEFINED)
    case 'primitive':
      demandThere(run, path, object)
      if (name === 'length' && object.value.is === 'value' && typeof object.value.value === 'string')
        return primitive(value(object.value.value.length))
      return { is: 'unknown', why: 'a part of a value' }
    case 'unknown':
      demandThere(run, path, object)
      return { is: 'unknown', why: object.why }
    case 'named':
      if (object.name === 'Math' && name === 'PI') return primitive(value(Math.PI))
      return { is: 'named', name: `${object.name}.${name}` }
    case 'pointed':
    case 'typeof':
      return { is: 'unknown', why: 'a part of a text' }
  }
}

/** What stands at a path of a message of the state: what was set there, above or below it, else what came in. */
function propertyOf(state: JsState, id: number, at: string): JsValue {
  const { properties, fromInput } = state.messages.get(id)!
  const own = properties.get(at)
  if (own !== undefined) return own
  for (const [key, held] of properties) {
    if (at.startsWith(`${key}.`))
      return held.is === 'mapping' ? (held.entries.get(at.slice(key.length + 1)) ?? UNDEFINED) : { is: 'unknown', why: 'a part of a value' }
    if (key.startsWith(`${at}.`)) return { is: 'unknown', why: 'a mapping that was changed' }
  }
  return fromInput ? { is: 'input', path: at } : UNDEFINED
}

/** A mapping in which a part is set; the mapping itself stays as it was for whoever else holds it. */
function withPart(whole: JsValue, [name, ...below]: readonly string[], held: JsValue): JsValue {
  if (name === undefined) return held
  if (whole.is === 'list' && /^\d+$/.test(name) && Number(name) < whole.items.length)
    return { is: 'list', items: whole.items.map((item, index) => (index === Number(name) ? withPart(item, below, held) : item)) }
  if (whole.is !== 'mapping') return give('changes a part of a mapping that is not known')
  return { is: 'mapping', entries: new Map([...whole.entries, [name, withPart(whole.entries.get(name) ?? UNDEFINED, below, held)]]) }
}

function setProperty(path: JsPath, id: number, at: string, held: JsValue): void {
  const { properties } = path.state.messages.get(id)!
  for (const key of [...properties.keys()]) {
    if (key.startsWith(`${at}.`)) properties.delete(key)
    else if (at.startsWith(`${key}.`)) {
      properties.set(key, withPart(properties.get(key)!, at.slice(key.length + 1).split('.'), held))
      return
    }
  }
  if (held.is === 'message') give('puts a message into a message')
  properties.set(at, held)
}

/** The message and the path in it that an expression such as `msg.payload.state` means. */
function messagePath(run: Run, path: JsPath, node: AnyNode): { readonly id: number; readonly at: string } | undefined {
  if (node.type === 'Identifier') {
    const known = path.state.variables.get(node.name)
    return known?.is === 'message' ? { id: known.id, at: '' } : undefined
  }
  if (node.type !== 'MemberExpression') return undefined
  const outer = messagePath(run, path, node.object)
  if (outer === undefined) return undefined
  const name = nameOf(run, path, node)
  if (name === undefined) return give('sets a property that the message chooses')
  return { id: outer.id, at: outer.at === '' ? name : `${outer.at}.${name}` }
}

function assignMember(run: Run, path: JsPath, node: MemberNode, held: JsValue): void {
  const place = messagePath(run, path, node)
  if (place !== undefined) {
    setProperty(path, place.id, place.at, held)
    return
  }
  const name = nameOf(run, path, node)
  const { variables, messages } = path.state
  const owner = node.object.type === 'Identifier' ? node.object.name : undefined
  const object = owner === undefined ? undefined : variables.get(owner)
  if (owner === undefined || object?.is !== 'mapping' || name === undefined) return give('changes a part of a list or mapping')
  // INVARIANT: a mapping is changed only while one variable alone holds it, so that copies stay what they were.
  const shared =
    [...variables].some(([other, one]) => other !== owner && one === object) ||
    [...messages.values()].some(({ properties }) => [...properties.values()].includes(object))
  if (shared) return give('changes a mapping that stands in two places')
  variables.set(owner, { is: 'mapping', entries: new Map([...object.entries, [name, held]]) })
}

type CallNode = Extract<Expression, { type: 'CallExpression' }>

function call(run: Run, path: JsPath, node: CallNode): JsValue {
  const { callee } = node
  if (callee.type === 'Super' || callee.type === 'ArrowFunctionExpression' || callee.type === 'FunctionExpression')
    return give('calls a function of its own')
  const parts = (): readonly JsValue[] =>
    node.arguments.map((part: Expression | SpreadElement) =>
      part.type === 'SpreadElement' ? give('spreads a list') : evaluate(run, path, part),
    )
  if (callee.type === 'MemberExpression' && callee.object.type !== 'Super') {
    const object = evaluate(run, path, callee.object)
    const name = nameOf(run, path, callee)
    if (name === undefined) return give('calls a method that the message chooses')
    if (object.is === 'named') return named(run, path, `${object.name}.${name}`, parts())
    return method(run, path, object, name, parts)
  }
  const target = evaluate(run, path, callee)
  return target.is === 'named' ? named(run, path, target.name, parts()) : give('calls a value')
}

function method(run: Run, path: JsPath, object: JsValue, name: string, parts: () => readonly JsValue[]): JsValue {
  const { open } = run.world
  if (object.is === 'unknown') {
    demandThere(run, path, object)
    if (parts().some((part) => part.is === 'message')) return give('hands the message to a method')
    return { is: 'unknown', why: object.why }
  }
  if (object.is === 'pointed') return textMethod(name, open({ is: 'text' }, 'replaces a part of a text'), parts(), open)
  if (object.is !== 'primitive' && object.is !== 'input') return give(`calls \`${name}\` of a list or mapping`)
  const subject = plain(run, path, object)
  if (name === 'toString')
    return subject.is === 'value'
      ? primitive(value(String(subject.value)))
      : primitive(choose(is(subject, 'text'), subject, open({ is: 'text' }, 'a value as text')))
  if (name === 'toFixed') return primitive(open({ is: 'text' }, 'a number as text'))
  if (!isTextMethod(name)) return give(`calls \`${name}\``)
  demand(run, path, is(subject, 'text'))
  return textMethod(name, subject, parts(), open)
}

const SILENT = /^(console\.\w+|node\.(warn|error|log|debug|trace|status|done)|clearTimeout|clearInterval)$/

/** A call of something that Node-RED or JavaScript provides. */
function named(run: Run, path: JsPath, name: string, parts: readonly JsValue[]): JsValue {
  const { world } = run
  const [first = UNDEFINED, second = UNDEFINED] = parts
  if (SILENT.test(name)) return UNDEFINED
  const store = /^(flow|global|context|context\.flow|context\.global)\.(get|set)$/.exec(name)
  if (store !== null) return stored(run, path, store[1]!, store[2]!, parts)
  if (name.startsWith('Math.')) {
    if (name === 'Math.random') return primitive(world.open({ is: 'number', integer: false, low: 0, high: 1 }, 'a random number'))
    return bounded(
      primitive(
        mathOf(
          name.slice(5),
          parts.map((part) => plain(run, path, part)),
          world.open,
        ),
      ),
    )
  }
  switch (name) {
    case 'parseFloat':
    case 'parseInt':
    case 'Number':
      return primitive(parsed(name, settled(run, path, first), world.open))
    case 'Number.parseFloat':
    case 'Number.parseInt':
      return primitive(parsed(name === 'Number.parseInt' ? 'parseInt' : 'parseFloat', settled(run, path, first), world.open))
    case 'Boolean':
      return primitive(truthyOf(run, path, first))
    case 'String':
      return method(run, path, settled(run, path, first), 'toString', () => [])
    case 'isNaN':
    case 'Number.isNaN':
      return primitive(same(parsed('Number', settled(run, path, first), world.open), value(null)))
    case 'Date.now':
      return primitive(world.open({ is: 'number', integer: true, low: 0 }, 'the time of day'))
    case 'JSON.parse':
      demand(run, path, world.open({ is: 'bool' }, 'a text may be no JSON'))
      return { is: 'unknown', why: 'what a JSON text holds' }
    case 'JSON.stringify':
      return primitive(world.open({ is: 'text' }, 'a value as JSON text'))
    case 'Array.isArray':
      return first.is === 'list' ? primitive(value(true)) : primitive(world.open({ is: 'bool' }, 'asks whether a value is a list'))
    case 'env.get': {
      const key = plain(run, path, first)
      return primitive(key.is === 'value' ? world.environment(String(key.value)) : world.open({ is: 'any' }, 'an environment variable'))
    }
    case 'RED.util.cloneMessage':
      return first.is === 'message' ? { is: 'message', id: copyMessage(run, path, first.id) } : first
    case 'node.send':
      send(path, second === UNDEFINED ? first : first)
      return UNDEFINED
    default:
      return give(`calls \`${name}\``)
  }
}

function stored(run: Run, path: JsPath, owner: string, how: string, parts: readonly JsValue[]): JsValue {
  const { world } = run
  const which = owner.endsWith('flow') ? 'flow' : owner.endsWith('global') ? 'global' : 'node'
  const [first = UNDEFINED, second = UNDEFINED, third] = parts
  const key = plain(run, path, first)
  if (key.is !== 'value' || typeof key.value !== 'string') return give('the name of a context variable is computed')
  const storeName = how === 'get' ? second : third
  const store =
    storeName?.is === 'primitive' && storeName.value.is === 'value' && typeof storeName.value.value === 'string'
      ? storeName.value.value
      : undefined
  const attribute = world.attribute(which, store === undefined ? key.value : `#:(${store})::${key.value}`)
  if (attribute === undefined) return UNDEFINED
  if (how === 'get') return primitive(path.state.stored.get(attribute) ?? world.stored(attribute))
  path.state.stored.set(attribute, tooLarge(storable(run, path, second)))
  return UNDEFINED
}

function storable(run: Run, path: JsPath, held: JsValue): AutomationExpression {
  if (held.is === 'mapping' || held.is === 'list' || held.is === 'message') return run.world.open({ is: 'any' }, 'stores a list or mapping')
  return plain(run, path, held)
}

/** `return x` and `node.send(x)`: one message, or a list with one entry (or a list of messages) per output. */
function send(path: JsPath, what: JsValue): void {
  const { sent, messages } = path.state
  const one = (port: number, item: JsValue, list?: number): void => {
    if (item.is === 'primitive' && item.value.is === 'value') return
    if (item.is === 'list') {
      const place = sent.length
      item.items.forEach((inner) => one(port, inner, place))
    } else if (item.is === 'message') {
      const { properties, fromInput } = messages.get(item.id)!
      sent.push({ port, list, properties: new Map(properties), fromInput })
    } else if (item.is === 'mapping') sent.push({ port, list, properties: item.entries, fromInput: false })
    else give('sends a message that is not known')
  }
  if (what.is === 'list') what.items.forEach((item, port) => one(port, item))
  else one(0, what)
}
