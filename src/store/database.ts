/** Opens the database: a folder of this process alone, or a PostgreSQL server by URL. Both speak the same dialect through the same pool shape. */
import { mkdir } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { EngineError } from '../diagnostics/engine-error.ts'
import { embeddedPool, turns } from './embedded-pool.ts'
import { lockFolder } from './folder-lock.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'
import { storeFailure } from './store-failure.ts'

export type DatabasePlace = { readonly is: 'folder'; readonly folder: string } | { readonly is: 'server'; readonly url: string }

/** The pool that the workflow engine is given: the values of its queries are read as `pg` reads them. */
export type SystemPool = pg.Pool

export interface Database {
  readonly is: DatabasePlace['is']
  readonly queries: Kysely<Schema>
  readonly systemPool: SystemPool
  readonly close: () => Promise<void>
}

export interface DatabaseOptions {
  /** Connections to a server at once, for queries; the workflow engine has as many again. Default 10. */
  readonly connections?: number
}

const BORROWERS = 10

export function openDatabase(place: DatabasePlace, options: DatabaseOptions = {}): Promise<Database> {
  return place.is === 'folder' ? openFolder(place.folder) : openServer(place.url, options.connections ?? BORROWERS)
}

async function openFolder(folder: string): Promise<Database> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new EngineError('store/folder', `the folder \`${folder}\` cannot be made`, { cause: error })
  })
  const lock = await lockFolder(folder)
  const closing: (() => Promise<void>)[] = [lock.release]
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) await each()
  }
  try {
    const pglite = await PGlite.create({ dataDir: `${folder}/database` })
    closing.push(() => pglite.close())
    const take = turns()
    const pool = await embeddedPool(pglite, take, BORROWERS, readings)
    closing.push(() => pool.end())
    const systemPool = await embeddedPool(pglite, take, BORROWERS)
    closing.push(() => systemPool.end())
    return await migrated({ is: 'folder', queries: queriesOn(pool), systemPool, close })
  } catch (error) {
    await close()
    throw storeFailure(error)
  }
}

async function openServer(url: string, connections: number): Promise<Database> {
  const shared = { connectionString: url, connectionTimeoutMillis: 15_000, keepAlive: true } as const
  const pool = new pg.Pool({ ...shared, max: connections, types: readings, application_name: 'fleetproof' })
  const systemPool = new pg.Pool({ ...shared, max: connections, application_name: 'fleetproof workflows' })
  // A connection that breaks while nobody uses it is made anew when it is needed; without a listener the process would end.
  for (const each of [pool, systemPool]) each.on('error', () => undefined)
  let ended = false
  const close = async (): Promise<void> => {
    if (ended) return
    ended = true
    await Promise.all([pool.end(), systemPool.end()])
  }
  try {
    return await migrated({ is: 'server', queries: queriesOn(pool), systemPool, close })
  } catch (error) {
    await close()
    throw storeFailure(error)
  }
}

async function migrated(database: Database): Promise<Database> {
  await migrate(database.queries)
  return database
}

/** 64-bit integers as numbers (ours stay below 2^53), times as ISO texts; all else as `pg` reads it. */
const readings = new pg.TypeOverrides()
readings.setTypeParser(pg.types.builtins.INT8, Number)
readings.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text: string) => new Date(text).toISOString())

function queriesOn(pool: pg.Pool): Kysely<Schema> {
  const shaped: PostgresPool = {
    connect: async (): Promise<PostgresPoolClient> => {
      const client = await guarded(() => pool.connect())
      // A connection that breaks while it is borrowed tells its query; nobody else needs to hear.
      const heard = (): undefined => undefined
      client.on('error', heard)
      let broken = false
      const query = async (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
        try {
          return await client.query(text, [...values])
        } catch (error) {
          const failure = storeFailure(error)
          broken ||= failure instanceof EngineError && failure.code === 'store/unavailable'
          throw failure
        }
      }
      const release = (): void => {
        client.removeListener('error', heard)
        client.release(broken)
      }
      return { query, release } as unknown as PostgresPoolClient
    },
    end: () => Promise.resolve(),
  }
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: shaped }) })
}

async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw storeFailure(error)
  }
}
