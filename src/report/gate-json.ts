// The machine-readable answer of `gate`: stable, other programs rely on it.
import type { GateResult } from '../explain/gate.ts'
import type { Finding } from '../model/conflict.ts'
import { schemaVersion } from './assignment-json.ts'

/** What the pipeline reads: fingerprints rather than whole findings. */
export function gateJson(result: GateResult): object {
  const brief = ({ id, severity, verdict, text, fingerprint, rules, actuator }: Finding): object => ({
    id,
    severity,
    verdict,
    text,
    rules,
    ...(actuator === undefined ? {} : { actuator }),
    fingerprint,
  })
  return {
    schemaVersion,
    verdict: result.verdict,
    conflict: result.conflict.map(brief),
    possible: result.possible.map(brief),
    unknown: result.unknown.map(brief),
    accepted: result.accepted.map(({ finding, by }) => ({ ...brief(finding), reason: by.reason, until: by.until })),
    expired: result.expired.map(({ finding, by }) => ({ ...brief(finding), reason: by.reason, until: by.until })),
    stale: result.stale,
  }
}
