/** Which desired state a device was told: a revision is (release, execution), so that a device can drop one it has seen and nothing is keyed by its id alone. */
import { z } from 'zod'

export const releaseHash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in hexadecimal digits')

export const revisionShape = z.strictObject({
  /** Content hash of the release. */
  release: releaseHash,
  /** Counts the executions (rollouts, retries, roll backs) of one fleet upwards, from 1; a larger one is newer, whatever the release. */
  execution: z.int().min(1),
})
export type Revision = z.infer<typeof revisionShape>

/** `<release>:<execution>`: one text for topics, tags and keys. */
export function revisionText({ release, execution }: Revision): string {
  return `${release}:${execution}`
}

const written = /^([0-9a-f]{64}):([1-9]\d{0,15})$/

/** The revision that a text of `revisionText` names; nothing where it is none. */
export function readRevision(text: string): Revision | undefined {
  const [, release, number] = written.exec(text) ?? []
  const execution = Number(number)
  return release !== undefined && Number.isSafeInteger(execution) ? { release, execution } : undefined
}
