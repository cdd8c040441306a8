/** API tokens and sessions: kept as hashes, so that who reads the database cannot use them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Schema } from './schema.ts'

export type Role = 'reader' | 'operator' | 'approver' | 'admin'

export interface Token {
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly role: Role
  readonly created: string
  readonly expires?: string
  readonly revoked?: string
  readonly lastUsed?: string
}

export interface NewToken {
  readonly name: string
  readonly role: Role
  readonly expires?: string
}

export interface Tokens {
  /** The secret is answered once and never again. */
  readonly create: (tenant: string, token: NewToken, now: string) => Promise<{ readonly token: Token; readonly secret: string }>
  /** The token whose secret this is, unless expired or revoked; notes that it was used (to the minute). */
  readonly find: (secret: string, now: string) => Promise<Token | undefined>
  readonly list: (tenant: string) => Promise<readonly Token[]>
  /** False where there is none, or it is revoked already. */
  readonly revoke: (tenant: string, id: string, now: string) => Promise<boolean>
  /** Of all tenants. */
  readonly count: () => Promise<number>
}

const PREFIX = 'fp_'
const SECRET_BYTES = 32

/** A secret has 256 random bits: a plain hash cannot be guessed back, and is found by an index. */
export const hashSecret = (secret: string): Uint8Array => createHash('sha256').update(secret).digest()

export const newSecret = (): string => `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`

interface TokenRow {
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly role: string
  readonly created: string
  readonly expires: string | null
  readonly revoked: string | null
  readonly last_used: string | null
}

const tokenOf = ({ id, tenant, name, role, created, expires, revoked, last_used }: TokenRow): Token => ({
  id,
  tenant,
  name,
  role: role as Role,
  created,
  ...(expires !== null && { expires }),
  ...(revoked !== null && { revoked }),
  ...(last_used !== null && { lastUsed: last_used }),
})

const columns = ['id', 'tenant', 'name', 'role', 'created', 'expires', 'revoked', 'last_used'] as const

export const tokensOf = (queries: Kysely<Schema>): Tokens => ({
  create: async (tenant, { name, role, expires }, now) => {
    const secret = newSecret()
    const row = await queries
      .insertInto('tokens')
      .values({ id: randomUUID(), tenant, name, role, hash: hashSecret(secret), created: now, ...(expires !== undefined && { expires }) })
      .returning(columns)
      .executeTakeFirstOrThrow()
    return { token: tokenOf(row), secret }
  },
  find: async (secret, now) => {
    const row = await queries
      .selectFrom('tokens')
      .select(columns)
      .where('hash', '=', hashSecret(secret))
      .where('revoked', 'is', null)
      .where((where) => where.or([where('expires', 'is', null), where('expires', '>', now)]))
      .executeTakeFirst()
    if (row === undefined) return undefined
    const stale = row.last_used === null || Date.parse(now) - Date.parse(row.last_used) >= 60_000
    if (stale) await queries.updateTable('tokens').set({ last_used: now }).where('id', '=', row.id).execute()
    return tokenOf(stale ? { ...row, last_used: now } : row)
  },
  list: async (tenant) =>
    (await queries.selectFrom('tokens').select(columns).where('tenant', '=', tenant).orderBy('created').orderBy('id').execute()).map(
      tokenOf,
    ),
  revoke: async (tenant, id, now) => {
    const done = await queries
      .updateTable('tokens')
      .set({ revoked: now })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('revoked', 'is', null)
      .executeTakeFirst()
    return done.numUpdatedRows > 0n
  },
  count: async () => {
    const row = await queries
      .selectFrom('tokens')
      .select(sql<number>`count(*)`.as('count'))
      .executeTakeFirstOrThrow()
    return row.count
  },
})
