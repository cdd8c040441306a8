/** Tells when a reaction comes to where it was before: then the same may follow for ever. */
import type { Machine, PendingEvent, Token } from './machine.ts'
import type { Cause, Locals, WaitingToken } from './state.ts'
import { datumKey } from './values.ts'

/** Steps before it is looked at all: nearly every reaction has come to rest by then. */
const PATIENCE = 40
/** Steps after which no circle is looked for. */
const LATEST = 3_000

/**
 * Asked before each step: the rules that started since the machine was as it is now, undefined where it never was. One earlier moment is remembered, and moved on
 * at steps of doubled distance (Brent's way): a circle of any length is met.
 */
export function returnsIn(machine: Machine): (steps: number) => ReadonlySet<string> | undefined {
  let remembered: { readonly sizes: string; readonly key: string; readonly started: number } | undefined
  let next = PATIENCE
  let last = -1
  return (steps) => {
    // Between two steps of tokens there are finitely many deliveries: looking once per step is enough.
    if (steps < PATIENCE || steps > LATEST || steps === last) return undefined
    last = steps
    const sizes = sizesOf(machine)
    if (remembered?.sizes === sizes && remembered.key === keyOf(machine))
      return new Set(machine.started.slice(remembered.started).map(({ automation }) => automation))
    if (steps >= next) {
      remembered = { sizes, key: keyOf(machine), started: machine.started.length }
      next = steps * 2
    }
    return undefined
  }
}

/** Equal wherever `keyOf` is: what differs here need not be written out. */
const sizesOf = ({ stack, queue, events, delivery, waiting, pending, timers }: Machine): string =>
  `${stack.map(({ step }) => step).join(' ')} ${[queue, events, delivery, waiting, pending].map(({ length }) => length).join(' ')} ${timers.size}`

/** Equal for two moments iff the same can follow: values, and all that is still to happen. Runs are named by when they are first met, not by number. */
function keyOf(machine: Machine): string {
  const names = new Map<number, number>()
  const name = (run: number): number => names.get(run) ?? (names.set(run, names.size), names.size - 1)
  const locals = (of: Locals): unknown => [...of].sort(([a], [b]) => (a < b ? -1 : 1)).map(([local, datum]) => [local, datumKey(datum)])
  const waiting = (token: WaitingToken): unknown => [name(token.run), token.automation, token.step, locals(token.locals)]
  const token = ({ run, automation, step, locals: own }: Token): unknown => [name(run), automation.automation.id, step, locals(own)]
  const cause = ({ payload, before, trigger }: Cause): unknown => [datumKey(payload), datumKey(before), trigger]
  const event = (pending: PendingEvent): unknown => {
    switch (pending.is) {
      case 'written':
        return [pending.attribute, datumKey(pending.before), datumKey(pending.after), [...pending.became].sort()]
      case 'emitted':
        return ['emitted', pending.event]
      case 'pulled':
        return ['pulled', pending.automation, cause(pending.cause)]
      case 'woken':
        return ['woken', waiting(pending.token)]
      case 'started':
        return ['started']
    }
  }
  return JSON.stringify([
    // Only rules write once the event has come: what they did not write stands as it did.
    [...new Set(machine.writes.map(({ attribute }) => attribute))].sort().map((id) => [id, datumKey(machine.values.get(id) ?? null)]),
    machine.stack.map(token),
    machine.queue.map(token),
    machine.events.map(event),
    machine.delivery.map((one) => [one.automation.automation.id, cause(one.cause)]),
    machine.waiting.map(waiting),
    machine.pending.map((one) => [one.automation, cause(one)]),
    [...machine.timers].map(([key, timer]) => [key, datumKey(timer.payload), datumKey(timer.before)]),
    [...machine.alive].map(([run, { automation, tokens }]) => [names.get(run) ?? 'over', automation, tokens]).sort(),
  ])
}
