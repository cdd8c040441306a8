/** Executes the loop-free JavaScript of a function node on expressions: every way through it with its condition, what it stores and what it sends. */
import { type Expression, parse, type Statement } from 'acorn'
import type { AutomationExpression } from '../../model/automation.ts'
import { and, choose, FALSE, not, or, same, value } from './expressions.ts'
import { send } from './function-calls.ts'
import { evaluate } from './function-expressions.ts'
import { bind, propertyOf } from './function-members.ts'
import { type FunctionWorld, plain, type Run, skipBig, tooLarge, truthyOf } from './function-paths.ts'
import { copyState, give, type JsPath, type JsState, type JsValue, primitive, UNDEFINED } from './function-values.ts'

const MAXIMUM_PATHS = 48

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
  const run: Run = { world, done: [], messages: 1, evaluate: (path, node) => evaluate(run, path, node) }
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
