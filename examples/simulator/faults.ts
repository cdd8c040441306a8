// How simulated devices behave: shares of the fleet, each between 0 and 1, drawn per device or per device and revision.

export interface Faults {
  /** Milliseconds until a device takes a desired state, and until it has installed it; medians. */
  readonly acceptMilliseconds: number
  readonly installMilliseconds: number
  /** Of these the download takes `slowFactor` times as long. */
  readonly slow: number
  readonly slowFactor: number
  /** Per device and revision: an error that may pass, one that never does, and no answer at all. */
  readonly failRetryable: number
  readonly failRejected: number
  readonly silent: number
  /** The artefact that arrives has another digest. */
  readonly wrongDigest: number
  /** The device says that the new revision is in force, and runs the old variant. */
  readonly lies: number
  /** The device loses its connection and comes back, again and again. */
  readonly flaps: number
  readonly flapMilliseconds: number
  /** Away from the beginning, until `comeBack`. */
  readonly away: number
  /** Per report: sent twice; sent after the one that follows it. */
  readonly duplicates: number
  readonly reordered: number
  /** Devices whose clock is wrong, by up to a year either way; reports carry it. */
  readonly skewed: number
  /** Devices that carry the name of another device. */
  readonly sameName: number
}

export const healthy: Faults = {
  acceptMilliseconds: 5,
  installMilliseconds: 20,
  slow: 0,
  slowFactor: 20,
  failRetryable: 0,
  failRejected: 0,
  silent: 0,
  wrongDigest: 0,
  lies: 0,
  flaps: 0,
  flapMilliseconds: 200,
  away: 0,
  duplicates: 0,
  reordered: 0,
  skewed: 0,
  sameName: 0,
}

/** Devices that answer at once: all the load of a fleet at one time. */
export const instant: Faults = { ...healthy, acceptMilliseconds: 0, installMilliseconds: 0 }

/** A little of everything that goes wrong in the field. */
export const field: Faults = {
  ...healthy,
  slow: 0.05,
  failRetryable: 0.02,
  failRejected: 0.005,
  silent: 0.005,
  wrongDigest: 0.002,
  lies: 0.002,
  flaps: 0.01,
  away: 0.03,
  duplicates: 0.05,
  reordered: 0.05,
  skewed: 0.1,
  sameName: 0.001,
}
