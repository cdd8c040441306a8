/** Actions side by side. From documentation: docs/scripts, section "Parallelizing actions". */
import { apply, compare, value } from '../node-red/expressions.ts'
import { field, listOf, mapNodes, switchedOff, textOf, type YamlNode } from './tree.ts'
import { step, stepId, type Writing } from './writing.ts'

/** Branches run side by side and are waited for: the last one to end goes on. */
export function parallel(w: Writing, node: YamlNode, next: readonly string[]): readonly string[] {
  const branches = listOf(node).filter((one) => !switchedOff(one))
  if (branches.length === 0) return next
  const list = (one: YamlNode): YamlNode =>
    field(one, 'sequence') !== undefined && field(one, 'repeat', 'choose', 'if') === undefined ? field(one, 'sequence')! : one
  if (!lasts(node) || branches.length === 1) {
    w.home.assumptions.add('branches of `parallel` that never wait are executed one after the other')
    return branches.reduceRight((after, one) => w.sequence(w, list(one), after), next)
  }
  if (next.length === 0) return branches.flatMap((one) => w.sequence(w, list(one), []))
  const counter = `${w.automation}/joined ${stepId(w, node.at)}`
  const type = { is: 'number', low: 0, high: branches.length, integer: true } as const
  w.home.attributes.set(counter, {
    id: counter,
    thing: w.automation,
    type,
    role: 'helper',
    outside: false,
    delivery: 'state',
    initial: [0],
    restored: false,
  })
  const read = { is: 'read', attribute: counter } as const
  const ended = (): readonly string[] => {
    const last = step(w, node.at, [], { do: 'branch', every: false, cases: [{ when: compare('>=', read, value(branches.length)), next }] })
    return step(w, node.at, last, {
      do: 'set',
      attribute: counter,
      value: apply('min', apply('+', read, value(1)), value(branches.length)),
    })
  }
  const entries = branches.flatMap((one) => w.sequence(w, list(one), ended()))
  return step(w, node.at, entries, { do: 'set', attribute: counter, value: value(0) })
}

function lasts(node: YamlNode): boolean {
  let found = false
  mapNodes(node, (one) => {
    found ||=
      field(one, 'delay', 'wait_template', 'wait_for_trigger') !== undefined ||
      (textOf(field(one, 'action', 'service')) ?? '').startsWith('script.')
    return found ? one : undefined
  })
  return found
}
