/** Assigning anew since an earlier result: its outcomes by device become a part of the model, its certificates something to start from. */
import type { CertifiedAnswer } from './solve/earlier-certificates.ts'
import type { Certificate } from './model/certificate.ts'
import { withEarlier } from './model/earlier-answer.ts'
import type { FleetModel } from './model/fleet-model.ts'
import type { Fleet } from './model/fleet.ts'
import type { Choice } from './model/outcome.ts'

/** An earlier result, as it was stored. */
export interface EarlierResult {
  readonly ids: readonly string[]
  readonly choices: readonly Choice[]
  /** By position of the id, an index into `choices`. */
  readonly chosen: Int32Array
  readonly certificates: readonly Certificate[]
  /** Names of its levels. */
  readonly levels: readonly string[]
}

export interface SinceEarlier {
  readonly model: FleetModel
  readonly fleet: Fleet
  readonly answer: CertifiedAnswer
}

/** Devices that the result does not have are new; those that only it has are gone. */
export function sinceEarlier(model: FleetModel, fleet: Fleet, earlier: EarlierResult): SinceEarlier {
  const chosen = outcomesByRow(fleet, earlier)
  const { choices, certificates, levels } = earlier
  return { ...withEarlier(model, fleet, { choices, chosen }), answer: { choices, chosen, certificates, levels } }
}

function outcomesByRow({ ids }: Fleet, earlier: EarlierResult): Int32Array {
  if (earlier.ids.length === ids.length && ids.every((id, row) => id === earlier.ids[row])) return earlier.chosen
  const at = new Map(earlier.ids.map((id, position) => [id, position]))
  return Int32Array.from(ids, (id) => {
    const position = at.get(id)
    return position === undefined ? -1 : earlier.chosen[position]!
  })
}
