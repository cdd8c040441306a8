/** Macros of other files. */
import { FALSE } from '../../node-red/expressions.ts'
import { parseTemplate } from './parse.ts'
import { deeper, type Run } from './run.ts'
import { type Statement, syntaxOffset } from './syntax.ts'
import { type Jinja, textOf, UNDEFINED, unknown } from './values.ts'

export function imported(run: Run, statement: Extract<Statement, { readonly do: 'import' | 'import-all' }>): void {
  const file = textOf(run.names.evaluate(run, statement.file))
  const text = file === undefined ? undefined : run.context.macros(file)
  const why = `the file \`${file ?? 'of a computed name'}\` of macros is not here`
  const found = text === undefined ? undefined : macrosOf(run, text)
  if (statement.do === 'import-all') {
    run.state.variables.set(statement.as, found === undefined ? unknown(why) : { is: 'mapping', entries: found })
    return
  }
  for (const { name, as } of statement.names)
    run.state.variables.set(as, found === undefined ? unknown(why) : (found.get(name) ?? UNDEFINED(name)))
}

/** Macros and variables that a file leaves at its top. */
function macrosOf(run: Run, text: string): ReadonlyMap<string, Jinja> | undefined {
  const outer = run.state
  try {
    const body = parseTemplate(text)
    run.state = { variables: new Map(), spaces: outer.spaces, skip: FALSE, stop: FALSE }
    deeper(run, () => run.names.execute(run, body, []))
    const { variables } = run.state
    // Macros of a file see its other macros.
    run.state = { ...outer, spaces: run.state.spaces, variables: new Map([...outer.variables, ...variables]) }
    return variables
  } catch (error) {
    if (syntaxOffset(error) === undefined) throw error
    run.state = outer
    return undefined
  }
}
