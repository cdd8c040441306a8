/** Every route, one file per resource. */
import type { App } from '../app.ts'
import type { Parts } from '../parts.ts'
import { auditRoutes } from './audit.ts'
import { loginRoutes } from './login.ts'
import { modelRoutes } from './models.ts'
import { serviceRoutes } from './service.ts'
import { tokenRoutes } from './tokens.ts'

export async function addRoutes(app: App, parts: Parts): Promise<void> {
  for (const routes of [serviceRoutes, loginRoutes, modelRoutes, tokenRoutes, auditRoutes])
    await app.register((scope: App, _options: object, done: () => void) => {
      routes(scope, parts)
      done()
    })
}
