// Dry runs where each state is sent, or refused, by itself.
import type { DesiredState, Rehearsal } from './deployer.ts'

export function rehearseEach(
  states: readonly DesiredState[],
  refusal: (state: DesiredState) => string | undefined,
  sent: (state: DesiredState) => string,
): Rehearsal {
  const sends: string[] = []
  const refusals: { device: string; class: 'rejected'; why: string }[] = []
  for (const state of states) {
    const why = refusal(state)
    if (why === undefined) sends.push(sent(state))
    else refusals.push({ device: state.device, class: 'rejected', why })
  }
  return { sends, refusals }
}
