/**
 * Runs in real time: what `automation.ts` says of reactions, with clocks and physics between them. The timed interpreter (`verify/timed-*`) and the timed
 * compiler (`compile/timed-*`) implement this text independently.
 *
 * TIME. A run begins at instant 0 in a post-restart state. Its events come at instants t1 <= t2 <= ... (milliseconds, exact rationals); each reaction takes no
 * time. Several events may come at one instant, one after the other; where deadlines coincide every order is possible.
 * A deadline is an instant beyond which time does not pass until its event has come:
 *   - a token that waits at a `delay` resumes exactly `milliseconds` after it began to wait (evaluated then; null, no number or below 0: at once, at the same instant);
 *   - a token at a `wait` or `await` with a time-out is timed out exactly so long after it began to wait, unless it is woken before;
 *   - an armed trigger (`for`) comes due exactly so long after it was armed, unless it is cleared before;
 *   - what a sensor must report (below).
 * A resumption by delay or time-out and a trigger that comes due happen at their deadlines and at no other instant. All other events from outside may come at any
 * instant. A duration that is not modelled (`any`) may be any number of its type from 0 on, drawn when the wait begins. Platforms are taken to be punctual: lateness is
 * the assumption of K33, printed by what uses it.
 * A `time` trigger whose schedule is not periodic may be pulled at any instant. One that names a period (every n seconds, minutes, hours) is pulled first at some
 * instant within the first period and then exactly every period; whoever does not model that may take it for any instant, which contains it, and says so.
 * A restart clears tokens and timers and their deadlines; the physical world goes on.
 * RUNS CANNOT STOP TIME: no state may be one in which no event is possible and no time may pass (`timelock`); the checker looks for them.
 *
 * PHYSICS. A quantity is (property, place): a real number that changes continuously. Between two events its rate is constant and lies in the interval that its
 * drivers allow: the sum over all effects of the settled environment whose place is the quantity's, is within it, or is joined to it by a channel that is open for the
 * property, and whose thing is in one of the states of `while`: `up` adds [low, high], `down` adds [-high, -low], `exchange` adds [-high, high]; and the outside's influence
 * [low, high] of the quantity (`Influence`; where none is declared the default of the property in the catalogue, printed as an assumption). Rates are per hour.
 * A quantity starts anywhere within its declared range (absent: any number). It cannot leave a declared range: rates that would drive it out stop at the bound.
 * (The mean of rates that lie in an interval lies in it: constant rates between events lose no run.)
 * Only quantities that a sensor observes, or that a kind asks for, are modelled; all other sensors stay as free as `automation.ts` says.
 * SENSORS. An attribute that observes a quantity (`Observation`) changes only by reports: a report writes the value that the quantity has at that instant. It may come at any
 * instant. It must come, with
 *   `within` r: before the quantity lies more than r beyond a threshold on whose other side the value reported last lies. Thresholds are the numbers that rules compare the
 *     attribute with. So a crossing is an event of its own, at an instant of its own, and never waits for the next sample;
 *   `every` n: at the latest n milliseconds after the report before it (after the start), whatever was crossed in between.
 *
 * IN DETAIL.
 * - The sides of a threshold are those of the comparison: `attribute > c` parts values above c from the others, `>= c` values from c on from those below; so do `<` and `<=`.
 * - A rule compares the attribute with a number where one side of a comparison in its triggers, guard or steps is that number and the other the attribute, or `number` of it; `==`, `!=` and
 *   numbers in `from` and `to` part both ways. What is compared in other ways (with other attributes, through a local) gives no threshold. What is no number lies on no side.
 * - What must be reported must be so before time passes beyond: at one instant several events may come before the report, also at instant 0 (where any value may have been reported last).
 * - A report of the value that stands already is an event that may come, too; nothing hears it where delivery is `state`, but it renews the time of `every`.
 * - An attribute of whole numbers shows the quantity rounded: the whole number next to it (either, in the middle).
 * - The rate of a span is one of the interval; where the quantity comes to a bound of its range in the span it stays there for what is left of it.
 * - A span that is left out at the end has length 0.
 * WHO CAUSED WHAT. The time that passes, timers, delays and reports of observed quantities are no cause from outside; writes by the outside of anything else, pulls (but not those of periodic
 * time triggers) and restarts are.
 */
import type { Run } from './conflict.ts'

/** An exact rational number as text: `300000`, `1/3`, `-2.5`. */
export type ExactText = string

/** One span of time that passes: how long, and how fast each quantity changes in it (per hour; absent: not at all). */
export interface Elapse {
  readonly milliseconds: ExactText
  readonly rates: Readonly<Record<string, ExactText>>
}

/** Names a quantity in `rates` and `quantities`. */
export const quantityName = (property: string, place: string): string => `${property} @ ${place}`

/** Before the i-th event the i-th elapse passes; an elapse more than events: so long nothing comes after the last. */
export interface TimedRun extends Run {
  readonly elapses: readonly Elapse[]
  /** Values at instant 0. */
  readonly quantities: Readonly<Record<string, ExactText>>
  /** Durations of waits that are not modelled, in the order in which they are drawn, and what else a timed run leaves open. */
  readonly durations: readonly ExactText[]
}

/** Findings of kinds that speak of time carry runs of this sort. */
export const isTimedRun = (run: Run): run is TimedRun => 'elapses' in run
