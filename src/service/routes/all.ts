/** Every route, one file per resource; the API page shows them in this order. */
import type { App } from '../app.ts'
import type { Parts } from '../parts.ts'
import { assignmentRoutes } from './assignments.ts'
import { auditRoutes } from './audit.ts'
import { checkRoutes } from './checks.ts'
import { deviceRoutes } from './devices.ts'
import { divenactDeviceRoutes } from './divenact-devices.ts'
import { divenactDocumentRoutes } from './divenact-documents.ts'
import { divenactGlobalRoutes } from './divenact-global.ts'
import { divenactSolveRoutes } from './divenact-z3.ts'
import { fleetRoutes } from './fleets.ts'
import { inventoryRoutes } from './inventory.ts'
import { jobRoutes } from './jobs.ts'
import { loginRoutes } from './login.ts'
import { modelRoutes } from './models.ts'
import { proposalRoutes } from './proposals.ts'
import { releaseRoutes } from './releases.ts'
import { rolloutOperationRoutes } from './rollout-operations.ts'
import { rolloutRoutes } from './rollouts.ts'
import { serviceRoutes } from './service.ts'
import { tokenRoutes } from './tokens.ts'
import { webhookRoutes } from './webhooks.ts'

const all = [
  serviceRoutes,
  loginRoutes,
  fleetRoutes,
  deviceRoutes,
  modelRoutes,
  assignmentRoutes,
  proposalRoutes,
  checkRoutes,
  releaseRoutes,
  rolloutRoutes,
  rolloutOperationRoutes,
  inventoryRoutes,
  jobRoutes,
  tokenRoutes,
  webhookRoutes,
  auditRoutes,
  divenactDocumentRoutes,
  divenactDeviceRoutes,
  divenactGlobalRoutes,
  divenactSolveRoutes,
]

export async function addRoutes(app: App, parts: Parts): Promise<void> {
  for (const routes of all)
    await app.register((scope: App, _options: object, done: () => void) => {
      routes(scope, parts)
      done()
    })
}
