// A rollout as `--json` prints it, whether it is carried out here or at a server.
import { schemaVersion } from '../report/assignment-json.ts'
import type { RolloutRow } from '../store/rollouts.ts'

type Shown = Pick<RolloutRow, 'id' | 'fleet' | 'release' | 'state' | 'because' | 'stage' | 'author' | 'created' | 'updated'>

export interface ShownRollout extends Shown {
  readonly approver?: string | null | undefined
  readonly changes: number
}

export const rolloutJson = ({ id, fleet, release, state, because, stage, author, approver, created, updated, changes }: ShownRollout) => ({
  schemaVersion,
  id,
  fleet,
  release,
  state,
  because,
  stage,
  author,
  approver: approver ?? null,
  created,
  updated,
  changes,
})
