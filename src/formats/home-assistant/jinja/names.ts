/** What names mean, and what they are given. */
import { TRUE } from '../../node-red/expressions.ts'
import { GLOBALS } from './calls.ts'
import { fail, open, type Run } from './run.ts'
import type { Target } from './syntax.ts'
import { constant, type Jinja, UNDEFINED, unknown } from './values.ts'

export function named(run: Run, name: string): Jinja {
  const variable = run.state.variables.get(name) ?? run.given(name)
  if (variable !== undefined) return variable
  if (GLOBALS.has(name)) return { is: 'function', name }
  if (name === 'pi') return constant(Math.PI, true)
  if (name === 'e') return constant(Math.E, true)
  if (name === 'inf' || name === 'nan') return unknown('a number that is none', { is: 'number', integer: false })
  return UNDEFINED(name)
}

export function assign(run: Run, target: Target, held: Jinja): void {
  switch (target.is) {
    case 'name':
      run.state.variables.set(target.name, held)
      return
    case 'member': {
      const of = named(run, target.namespace)
      if (of.is !== 'space') {
        fail(run, of.is === 'unknown' || of.is === 'choice' ? open(run, { is: 'bool' }, 'a namespace that is not known') : TRUE)
        return
      }
      const before = run.state.spaces.get(of.id) ?? new Map<string, Jinja>()
      run.state.spaces = new Map([...run.state.spaces, [of.id, new Map([...before, [target.name, held]])]])
      return
    }
    case 'several':
      target.targets.forEach((one, index) => assign(run, one, run.names.member(run, held, constant(index), false)))
  }
}
