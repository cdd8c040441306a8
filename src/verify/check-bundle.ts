/** Checks a result bundle against the inputs it names: the same inputs, the devices it counts, and everything that `verifyAssignment` checks. */
import type { Read } from '../diagnostics/diagnostic.ts'
import type { Assignment } from '../model/assignment.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { verifyAssignment, type AssignmentCheck } from './assignment.ts'
import { certificatesHash, hashing, type Manifest } from './bundle.ts'
import { readBundleDevices } from './bundle-devices.ts'
import { constantOf, levelMeanings } from './levels.ts'

/** What was opened: the manifest, the inputs as read again with their hashes, the bundle's device lines. */
export interface OpenedBundle {
  readonly manifest: Manifest
  readonly model: FleetModel
  readonly fleet: Fleet
  /** sha256 of the inputs at hand, by the names of the manifest; an input that is not at hand is left out. */
  readonly inputs: Readonly<Record<string, string>>
  readonly devices: AsyncIterable<Uint8Array>
}

export interface BundleCheck {
  /** refuted: something that the bundle says is false. undecided: nothing false was found, but a bound rests on solvers or on nobody, or an input is not at hand. */
  readonly verdict: 'holds' | 'refuted' | 'undecided'
  /** What is false, one sentence each. */
  readonly refuted: readonly string[]
  /** What could not be told, one sentence each. */
  readonly undecided: readonly string[]
  readonly check: AssignmentCheck
  /** As the device lines say. */
  readonly assignment: Assignment
}

/** Reads the device lines; diagnostics where they are no assignment of the fleet. */
export async function checkBundle(bundle: OpenedBundle): Promise<Read<BundleCheck>> {
  const { manifest, model, fleet } = bundle
  const hashed = hashing(bundle.devices)
  const read = await readBundleDevices(model, fleet, hashed.chunks, manifest.devices.name)
  if (!read.ok) return read
  const check = verifyAssignment(model, fleet, read.value, manifest.certificates, { levels: manifest.levels })
  const refuted: string[] = []
  const undecided: string[] = []
  compareInputs(bundle, refuted, undecided)
  if (hashed.digest() !== manifest.devices.sha256)
    refuted.push(`the lines of ${manifest.devices.name} are not those that the manifest was written for`)
  if (manifest.certificatesSha256 !== undefined && manifest.certificatesSha256 !== certificatesHash(manifest.certificates))
    refuted.push('the certificates are not those that were written')
  compareCounts(manifest, model, read.value, fleet.size, refuted)
  compareFeasibility(check, refuted, undecided)
  compareLevels(manifest, check, refuted, undecided)
  compareBounds(manifest, model, refuted)
  return {
    ok: true,
    value: {
      verdict: refuted.length > 0 ? 'refuted' : undecided.length > 0 ? 'undecided' : 'holds',
      refuted,
      undecided,
      check,
      assignment: read.value,
    },
    diagnostics: [],
  }
}

/** Devices by variant, and under `none` and `unmanaged`; only what occurs, sorted by name. */
export function countOutcomes(assignment: Assignment): Readonly<Record<string, number>> {
  const byChoice = new Float64Array(assignment.choices.length)
  for (const choice of assignment.chosen) byChoice[choice]!++
  const counts = new Map<string, number>()
  for (const [at, { outcome, variant }] of assignment.choices.entries()) {
    const name = outcome === 'variant' ? variant! : outcome
    if (byChoice[at]! > 0) counts.set(name, (counts.get(name) ?? 0) + byChoice[at]!)
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function compareInputs({ manifest, inputs }: OpenedBundle, refuted: string[], undecided: string[]): void {
  for (const name of Object.keys(manifest.inputs).sort()) {
    const found = inputs[name]
    if (found === undefined) undecided.push(`input ${name} is not at hand`)
    else if (found !== manifest.inputs[name]) refuted.push(`input ${name} is not the one that the bundle was made from`)
  }
  for (const name of Object.keys(inputs).sort())
    if (manifest.inputs[name] === undefined) undecided.push(`input ${name} is not in the manifest`)
}

function compareCounts(manifest: Manifest, model: FleetModel, assignment: Assignment, size: number, refuted: string[]): void {
  const found = countOutcomes(assignment)
  const names = [...new Set([...Object.keys(found), ...Object.keys(manifest.counts), ...model.variants.map(({ id }) => id)])].sort()
  for (const name of names) {
    const [claimed, counted] = [manifest.counts[name] ?? 0, found[name] ?? 0]
    if (claimed !== counted) refuted.push(`${claimed} devices are claimed for ${name}, ${counted} were found`)
  }
  if (manifest.devices.count !== size) refuted.push(`${manifest.devices.count} devices are claimed, the fleet has ${size}`)
}

function compareFeasibility(check: AssignmentCheck, refuted: string[], undecided: string[]): void {
  for (const { use, group, amount } of check.breaches)
    refuted.push(`constraint ${use} is violated by ${amount}${group === '' ? '' : ` in group ${JSON.stringify(group)}`}`)
  if (check.breachCount > check.breaches.length) refuted.push(`and ${check.breachCount - check.breaches.length} more violations`)
  for (const device of check.ineligible) refuted.push(`device ${JSON.stringify(device)} may not have what it was given`)
  if (check.ineligibleCount > check.ineligible.length)
    refuted.push(`and ${check.ineligibleCount - check.ineligible.length} more devices that may not`)
  for (const { use, why } of check.unchecked) undecided.push(`constraint ${use} cannot be checked: ${why}`)
}

function compareLevels(manifest: Manifest, check: AssignmentCheck, refuted: string[], undecided: string[]): void {
  if (manifest.levels.length !== check.levels.length) {
    refuted.push(`${manifest.levels.length} levels are claimed, the model has ${check.levels.length}`)
    return
  }
  for (const [at, claimed] of manifest.levels.entries()) {
    const found = check.levels[at]!
    const name = `level ${claimed.name}`
    if (claimed.sense !== found.sense) refuted.push(`${name} is to ${found.sense}, not to ${claimed.sense}`)
    if (claimed.value !== found.value) refuted.push(`${name}: ${claimed.value} is claimed, ${found.value} was found`)
    if (claimed.gap !== Math.abs(claimed.value - claimed.bound))
      refuted.push(`${name}: the gap is ${Math.abs(claimed.value - claimed.bound)}, not ${claimed.gap}`)
    if (found.checkedBy !== 'nobody') continue
    switch (claimed.checkedBy) {
      case 'arithmetic':
      case 'enumeration':
        refuted.push(
          `${name}: the certificates do not prove the bound ${claimed.bound}${found.bound === undefined ? '' : `, but ${found.bound}`}`,
        )
        break
      case 'other-solver':
      case 'same-solver':
        undecided.push(`${name}: the bound ${claimed.bound} rests on a solver (${claimed.checkedBy})`)
        break
      case 'nobody':
        undecided.push(`${name}: nobody has checked the bound ${claimed.bound}`)
        break
    }
  }
}

/** Bounds of single components prove nothing here; but where none is left open, they come to those of the levels. */
function compareBounds({ levels, certificates }: Manifest, model: FleetModel, refuted: string[]): void {
  const bounds = new Map<string, readonly number[]>()
  for (const certificate of certificates) {
    if (certificate.is === 'impossible') continue
    const { component, bound } = certificate
    // A refutation and the list beside it, which says a device, too, are of one component.
    const name = component.replace(/ of [^]*$/, '')
    const before = bounds.get(name)
    if (bound.length !== levels.length || before?.some((one, level) => one !== bound[level]) === true) {
      refuted.push(`the bounds of the certificates of ${component} do not agree`)
      return
    }
    bounds.set(name, bound)
  }
  if (bounds.size === 0 || levels.some(({ gap, checkedBy }) => gap !== 0 || checkedBy === 'nobody')) return
  const constant = constantOf(model, levelMeanings(model))
  for (const [at, { name, sense, bound }] of levels.entries()) {
    const sum = [...bounds.values()].reduce((total, one) => total + BigInt(one[at]!), constant[at] ?? 0n)
    const meant = sense === 'maximise' ? -sum : sum
    if (BigInt(bound) !== meant) refuted.push(`level ${name}: the bounds of the certificates come to ${meant}, not to ${bound}`)
  }
}
