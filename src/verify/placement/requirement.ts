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
  const permitted = new Uint8Array(fleet.size)
  for (const [option, { variant, settings }] of options.entries()) {
    if (variant < 0) continue
    const required = requires[variant]
    const word = words[option >>> 5]!
    const shift = option & 31
    if (rules[variant]!.length === 0 && required !== undefined) {
      // A truth of 1 is true, 2 unknown: the lowest bit alone says true.
      for (let row = 0; row < required.length; row++) word[row]! |= (required[row]! & 1) << shift
      continue
    }
    for (let row = 0; row < permitted.length; row++) permitted[row] = required === undefined ? 1 : required[row]! & 1
    for (const rule of rules[variant]!) keepRule(truthWith(rule.if, fleet, settings), truthWith(rule.then, fleet, settings), permitted)
    for (let row = 0; row < permitted.length; row++) word[row]! |= permitted[row]! << shift
  }
  for (const [at, word] of words.entries())
    for (let row = 0; row < fleet.size; row++) {
      if (at === 0) word[row] = left[row] === 1 ? 1 << UNMANAGED : word[row]! | (1 << NONE)
      else if (left[row] === 1) word[row] = 0
    }
  return words
}

/**
 * Clears the rows that break the rule. A rule whose `if` is false asks for nothing; one whose `if` is true needs a true `then`; an unknown `if` excludes the
 * mode, as an unknown `then` does where it is needed. Arrays of one entry speak for all rows.
 */
function keepRule(applies: Uint8Array, then: Uint8Array, permitted: Uint8Array): void {
  const ifStep = applies.length === 1 ? 0 : 1
  const thenStep = then.length === 1 ? 0 : 1
  for (let row = 0; row < permitted.length; row++) {
    const applied = applies[row * ifStep]
    if (applied !== FALSE && (applied !== TRUE || then[row * thenStep] !== TRUE)) permitted[row] = 0
  }
}
