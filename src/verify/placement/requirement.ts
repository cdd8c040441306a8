/** Requirement: which options a device may have at all: its variant's requirement is true, every rule holds for the settings, and `leave` decides over `unmanaged`. */
import { NONE, UNMANAGED } from '../../model/outcome.ts'
import type { FleetModel } from '../../model/fleet-model.ts'
import type { Fleet } from '../../model/fleet.ts'
import { FALSE, TRUE, truthByRow, truthWith, variantExpression } from '../expressions.ts'
import type { Option } from '../world.ts'

/** Words of bits by row: bit o % 32 of word o / 32 says that the row may have option o. `left`: 1 where `leave` is true. */
export function eligibility(model: FleetModel, fleet: Fleet, options: readonly Option[], left: Uint8Array): readonly Int32Array[] {
  const words = Array.from({ length: Math.ceil(options.length / 32) }, () => new Int32Array(fleet.size))
  const requires = model.variants.map((variant) =>
    variant.requires === undefined ? undefined : truthByRow(model, fleet, variant.requires),
  )
  const rules = model.variants.map((variant) =>
    variant.rules.map((rule) => ({
      if: variantExpression(model, variant, rule.if, 'bool'),
      then: variantExpression(model, variant, rule.then, 'bool'),
    })),
  )
  for (const [option, { variant, settings }] of options.entries()) {
    const word = words[option >>> 5]!
    const bit = 1 << (option & 31)
    const holds: Uint8Array[] = []
    const applies: Uint8Array[] = []
    for (const rule of variant < 0 ? [] : rules[variant]!) {
      applies.push(truthWith(rule.if, fleet, settings))
      holds.push(truthWith(rule.then, fleet, settings))
    }
    const required = variant < 0 ? undefined : requires[variant]
    for (let row = 0; row < fleet.size; row++) {
      if ((left[row] === 1) !== (option === UNMANAGED)) continue
      if (option !== NONE && option !== UNMANAGED) {
        if (required !== undefined && required[row] !== TRUE) continue
        if (!rulesHold(applies, holds, row)) continue
      }
      word[row]! |= bit
    }
  }
  return words
}

/** A rule whose `if` is false asks for nothing; one whose `if` is true needs a true `then`; an unknown `if` excludes the mode, as an unknown `then` does where it is needed. */
function rulesHold(applies: readonly Uint8Array[], holds: readonly Uint8Array[], row: number): boolean {
  for (let at = 0; at < applies.length; at++) {
    const rule = applies[at]!
    const applied = rule[rule.length === 1 ? 0 : row]!
    if (applied === FALSE) continue
    const then = holds[at]!
    if (applied !== TRUE || then[then.length === 1 ? 0 : row] !== TRUE) return false
  }
  return true
}
