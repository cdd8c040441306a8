/**
 * Many borrowers on the one connection that an embedded database has, in the shape of a `pg.Pool`: statements take turns, and who begins a transaction has the
 * connection until it ends. Borrowing alone holds nothing, so that a borrower who only listens blocks nobody.
 */
import { EventEmitter } from 'node:events'
import type { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import pg from 'pg'

type Asked = string | pg.QueryConfig

/** Whose turn it is on the connection. */
export type Turns = () => Promise<() => void>

/** First come, first served; who takes a turn gives it back by what is answered. */
export function turns(): Turns {
  let last: Promise<void> = Promise.resolve()
  return async () => {
    const before = last
    let free = (): void => undefined
    last = new Promise((resolve) => (free = resolve))
    await before
    return free
  }
}

/** `connect`, `query`, `end`, `on`, `options.max`: what Kysely and the workflow engine use of a pool. All pools on one database share its `take`. */
export async function embeddedPool(pglite: PGlite, take: Turns, borrowers: number, types?: pg.CustomTypesConfig): Promise<pg.Pool> {
  const connection = new pg.Client(Object.assign(createPgConfig(pglite), types && { types }))
  await connection.connect()
  const run = (asked: Asked, values?: unknown[]): Promise<pg.QueryResult> =>
    values === undefined ? connection.query(asked) : connection.query(asked, values)

  const alone = async (asked: Asked, values?: unknown[]): Promise<pg.QueryResult> => {
    const free = await take()
    try {
      return await run(asked, values)
    } finally {
      free()
    }
  }

  const borrow = (): pg.PoolClient => {
    let held: (() => void) | undefined
    const letGo = (): void => {
      held?.()
      held = undefined
    }
    const query = async (asked: Asked, values?: unknown[]): Promise<pg.QueryResult> => {
      const text = typeof asked === 'string' ? asked : asked.text
      const opens = /^\s*(begin|start\s+transaction)\b/i.test(text)
      if (held === undefined && !opens) return alone(asked, values)
      held ??= await take()
      try {
        const result = await run(asked, values)
        if (/^\s*(commit|end|rollback|abort)\b(?!\s+to\b)/i.test(text)) letGo()
        return result
      } catch (error) {
        if (opens) letGo()
        throw error
      }
    }
    const release = async (): Promise<void> => {
      if (held === undefined) return
      await run('rollback').catch(() => undefined)
      letGo()
    }
    return Object.assign(new EventEmitter(), { query, release: () => void release() }) as unknown as pg.PoolClient
  }

  return Object.assign(new EventEmitter(), {
    options: { max: borrowers },
    connect: () => Promise.resolve(borrow()),
    query: alone,
    end: async () => {
      const free = await take()
      await connection.end().catch(() => undefined)
      free()
    },
  }) as unknown as pg.Pool
}
