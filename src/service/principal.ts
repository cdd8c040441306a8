/** Who calls, and what each route says of who may. */
import type { Role } from '../store/tokens.ts'

export interface Principal {
  readonly tenant: string
  readonly role: Role
  /** For the audit: the token's name, or the person that signed in. */
  readonly name: string
  /** The token's or session's own id. */
  readonly id: string
  readonly by: 'token' | 'session'
}

/** `nobody`: open to all; only health, login and what the login page itself loads may say so. */
export type Needs = Role | 'nobody'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role; a route that does not say is refused when it is registered. */
    needs?: Needs
    /** Reads its own body as a stream: not parsed, not limited as JSON is. */
    streams?: boolean
    /** Answers of this POST are not kept for its `Idempotency-Key`. */
    unkept?: boolean
  }
  interface FastifyRequest {
    /** INVARIANT: set before any handler of a route that needs a role. */
    principal: Principal
  }
}
