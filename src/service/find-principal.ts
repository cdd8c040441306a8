/** Whom a secret stands for: asked of the store, and remembered for a moment, so that a burst of requests asks once. */
import { now, type Parts } from './parts.ts'
import type { Principal } from './principal.ts'

// INVARIANT: a token that is revoked in another process is let in for at most so long; in this process not at all.
const REMEMBERED_MILLISECONDS = 1000
const MOST_REMEMBERED = 1000

interface Remembered {
  readonly until: number
  readonly principal: Promise<Principal | undefined>
}

const remembered = new WeakMap<Parts['store'], Map<string, Remembered>>()

export function findPrincipal(parts: Parts): (secret: string, by: Principal['by']) => Promise<Principal | undefined> {
  const known = new Map<string, Remembered>()
  remembered.set(parts.store, known)
  return (secret, by) => {
    const key = `${by} ${secret}`
    const found = known.get(key)
    if (found !== undefined && found.until > parts.clock()) return found.principal
    known.delete(key)
    if (known.size >= MOST_REMEMBERED) known.delete(known.keys().next().value!)
    const principal = by === 'token' ? byToken(parts, secret) : bySession(parts, secret)
    known.set(key, { until: parts.clock() + REMEMBERED_MILLISECONDS, principal })
    principal.catch(() => known.delete(key))
    return principal
  }
}

/** After a token is revoked or a session ended. */
export function forgetPrincipals({ store }: Pick<Parts, 'store'>): void {
  remembered.get(store)?.clear()
}

async function byToken(parts: Parts, secret: string): Promise<Principal | undefined> {
  const token = await parts.store.tokens.find(secret, now(parts))
  return token && { tenant: token.tenant, role: token.role, name: token.name, id: token.id, by: 'token' }
}

async function bySession(parts: Parts, secret: string): Promise<Principal | undefined> {
  const session = await parts.store.sessions.find(secret, now(parts))
  if (session === undefined) return undefined
  const { tenant, role, subject, data } = session
  // A session that was opened with a token ends with it.
  const { token } = data as { readonly token?: string }
  if (token !== undefined && !(await parts.store.tokens.list(tenant)).some((each) => each.id === token && stillValid(each, now(parts))))
    return undefined
  return { tenant, role, name: subject, id: `session/${subject}`, by: 'session' }
}

function stillValid({ revoked, expires }: { readonly revoked?: string; readonly expires?: string }, time: string): boolean {
  return revoked === undefined && (expires === undefined || Date.parse(expires) > Date.parse(time))
}
