// Communities of routers that relay for each other: neighbours end at most one release step apart, and a third of a community may change. Each community is a search of its own.
import { randomNumbers } from './random.ts'

export interface Meshes {
  readonly communities: number
  readonly routers: number
  readonly seed: number
}

const STEPS = [0, 1, 2, 3, 4]
/** The step of the release that `who` gets, as an expression. */
const stepOf = (who: string): string =>
  STEPS.slice(1).reduceRight((later, step) => `${who}.version.below("${step}.0.0") ? ${step - 1} : ${later}`, `${STEPS.length - 1}`)

/** The model, its devices and its links, the latter as NDJSON. */
export function meshesModel({ communities, routers, seed }: Meshes): {
  readonly text: string
  readonly devices: string
  readonly links: string
} {
  const next = randomNumbers(seed)
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  const devices: string[] = []
  const links: string[] = []
  for (let community = 0; community < communities; community++) {
    const name = (router: number): string => `c${community}-${router}`
    for (let router = 0; router < routers; router++) {
      const step = whole(0, 2)
      devices.push(
        JSON.stringify({ id: name(router), community: `c${community}`, step, newest: whole(Math.max(1, step), 4), clients: whole(1, 30) }),
      )
      // Every router but the first sees one that came before it, many see a second.
      const seen = router === 0 ? 0 : next() < 0.4 ? 2 : 1
      for (let link = 0; link < seen; link++)
        links.push(JSON.stringify({ a: name(router), b: name(whole(Math.max(0, router - 12), router - 1)) }))
    }
  }
  const text = `fleetproof: 1
context:
  community: {text: true}
  step: {int: true}
  newest: {int: true}
  clients: {int: true}
devices: devices.ndjson
current: {variant: 'device.step == 0 ? "s0" : device.step == 1 ? "s1" : "s2"'}
variants:
${STEPS.map((step) => `  s${step}: {version: ${step}.0.0, requires: device.step <= ${step} && ${step} <= device.newest, prefers: '${step} * device.clients'}`).join('\n')}
constraints:
  - requires_on:
      links: links.ndjson
      then: >-
        (${stepOf('variant')}) - (${stepOf('there')}) in [-1, 0, 1]
  - at_most_changes: {over: device.community, max: 33%}
objectives: [assigned, preference, changes]
`
  return { text, devices: `${devices.join('\n')}\n`, links: `${links.join('\n')}\n` }
}
