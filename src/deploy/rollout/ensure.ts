/** Rollouts that go on and that nobody carries out: a process died between the start's commit and the start of the workflow, or the workflow ended without an end. */
import type { Jobs } from '../../jobs/jobs.ts'
import type { RolloutRow } from '../../store/rollouts.ts'
import type { Store } from '../../store/store.ts'
import type { RolloutWorkflow } from './here.ts'
import { activeStates } from './manage.ts'
import { rolloutWorkflowId } from './workflow.ts'

/** `isOurs`: whether the service carries the rollout out; those of the command line are carried out there. Answers the rollouts whose workflow was started; again it starts nothing. */
export async function ensureDriven(
  store: Store,
  jobs: Pick<Jobs, 'start' | 'workflow'>,
  workflow: RolloutWorkflow,
  isOurs: (tenant: string, rollout: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const started: string[] = []
  for (const { id: tenant } of await store.tenants.list()) {
    for (const row of await activeRollouts(store, tenant)) {
      // A way back is carried out by the workflow of what it takes back.
      if (row.back_of !== null || !(await isOurs(tenant, row.id))) continue
      const id = await freeId(jobs, tenant, row)
      if (id === undefined) continue
      await jobs.start(workflow, id, { tenant, rollout: row.id })
      started.push(row.id)
    }
  }
  return started
}

/** The id of the workflow to start; nothing where one goes on. */
async function freeId(jobs: Pick<Jobs, 'workflow'>, tenant: string, { id: rollout, journal }: RolloutRow): Promise<string | undefined> {
  const input = { tenant, rollout }
  // The journal's length tells one time apart from the next, so that whoever asks at the same time starts the same workflow.
  for (const id of [rolloutWorkflowId(input), rolloutWorkflowId(input, true), `${rolloutWorkflowId(input)}/from-${journal}`]) {
    const state = await jobs.workflow(id)
    if (state === undefined) return id
    if (state.is === 'waiting' || state.is === 'running') return undefined
  }
  return undefined
}

async function activeRollouts(store: Store, tenant: string): Promise<readonly RolloutRow[]> {
  const all: RolloutRow[] = []
  for (let before: number | undefined; ;) {
    const page = await store.rollouts.list(tenant, { limit: PAGE, states: activeStates, ...(before === undefined ? {} : { before }) })
    all.push(...page)
    if (page.length < PAGE) return all
    before = page.at(-1)?.seq
  }
}

const PAGE = 200
