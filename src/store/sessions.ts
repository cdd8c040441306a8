/** Sessions of people who logged in at a page, and what went wrong at logins. */
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Schema } from './schema.ts'
import { hashSecret, newSecret, type Role } from './tokens.ts'

export interface Session {
  readonly tenant: string
  readonly subject: string
  readonly role: Role
  readonly data: unknown
  readonly expires: string
}

export interface Sessions {
  /** Answers the secret for the cookie. */
  readonly create: (session: Session, now: string) => Promise<string>
  readonly find: (secret: string, now: string) => Promise<Session | undefined>
  readonly end: (secret: string) => Promise<void>
  /** Forgets what has expired. */
  readonly sweep: (now: string) => Promise<void>
}

export interface LoginFailures {
  readonly add: (origin: string, now: string) => Promise<void>
  readonly count: (origin: string, since: string) => Promise<number>
  /** Forgets what happened before. */
  readonly sweep: (before: string) => Promise<void>
}

export const sessionsOf = (queries: Kysely<Schema>): Sessions => ({
  create: async ({ data, ...session }, now) => {
    const secret = newSecret()
    await queries
      .insertInto('sessions')
      .values({ ...session, hash: hashSecret(secret), data: JSON.stringify(data ?? null), created: now })
      .execute()
    return secret
  },
  find: async (secret, now) => {
    const row = await queries
      .selectFrom('sessions')
      .select(['tenant', 'subject', 'role', 'data', 'expires'])
      .where('hash', '=', hashSecret(secret))
      .where('expires', '>', now)
      .executeTakeFirst()
    return row && { ...row, role: row.role as Role }
  },
  end: async (secret) => {
    await queries.deleteFrom('sessions').where('hash', '=', hashSecret(secret)).execute()
  },
  sweep: async (now) => {
    await queries.deleteFrom('sessions').where('expires', '<=', now).execute()
  },
})

export const loginFailuresOf = (queries: Kysely<Schema>): LoginFailures => ({
  add: async (origin, now) => {
    await queries.insertInto('login_failures').values({ origin, at: now }).execute()
  },
  count: async (origin, since) => {
    const row = await queries
      .selectFrom('login_failures')
      .select(sql<number>`count(*)`.as('count'))
      .where('origin', '=', origin)
      .where('at', '>=', since)
      .executeTakeFirstOrThrow()
    return row.count
  },
  sweep: async (before) => {
    await queries.deleteFrom('login_failures').where('at', '<', before).execute()
  },
})
