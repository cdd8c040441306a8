/** Opens the database: a folder of this process alone, or a PostgreSQL server by URL. Both speak the same dialect through the same pool shape. */
import { mkdir } from 'node:fs/promises'
import type { MessagePort } from 'node:worker_threads'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { EngineError } from '../diagnostics/engine-error.ts'
import { connectThrough, startEmbedded } from './embedded-database.ts'
import { lockFolder } from './folder-lock.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'
import { storeFailure } from './store-failure.ts'

export type DatabasePlace = { readonly is: 'folder'; readonly folder: string } | { readonly is: 'server'; readonly url: string }

/** The pool that the workflow engine is given: the values of its queries are read as `pg` reads them. */
export type SystemPool = pg.Pool

/** How another thread of this process reaches the same database; crosses to it by value, with what `moved` names. */
export type DatabaseWay = { readonly is: 'server'; readonly url: string } | { readonly is: 'door'; readonly port: MessagePort }
export interface OpenWay {
  readonly way: DatabaseWay
  readonly moved: readonly MessagePort[]
}

export interface Database {
  readonly is: DatabasePlace['is']
  readonly queries: Kysely<Schema>
  readonly systemPool: SystemPool
  /** For one other thread. */
  readonly way: () => OpenWay
  readonly close: () => Promise<void>
}

export interface DatabaseOptions {
  /** Connections to a server at once, for queries; the workflow engine has as many again. Default 10. */
  readonly connections?: number
}

const BORROWERS = 10
const THREAD_CONNECTIONS = 3

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
    const embedded = await startEmbedded(`${folder}/database`)
    closing.push(embedded.close)
    const connections = { stream: embedded.connect as never, max: BORROWERS }
    const pool = poolOf({ ...connections, types: readings })
    closing.push(() => pool.end())
    const systemPool = poolOf(connections)
    closing.push(() => systemPool.end())
    return await migrated({
      is: 'folder',
      queries: queriesOn(pool),
      systemPool,
      way: () => {
        const port = embedded.door()
        return { way: { is: 'door', port }, moved: [port] }
      },
      close,
    })
  } catch (error) {
    await close()
    throw storeFailure(error)
  }
}

async function openServer(url: string, connections: number): Promise<Database> {
  const shared = serverAt(url)
  const pool = poolOf({ ...shared, max: connections, types: readings, application_name: 'fleetproof' })
  const systemPool = poolOf({ ...shared, max: connections, application_name: 'fleetproof workflows' })
  let ended = false
  const close = async (): Promise<void> => {
    if (ended) return
    ended = true
    await Promise.all([pool.end(), systemPool.end()])
  }
  try {
    return await migrated({
      is: 'server',
      queries: queriesOn(pool),
      systemPool,
      way: () => ({ way: { is: 'server', url }, moved: [] }),
      close,
    })
  } catch (error) {
    await close()
    throw storeFailure(error)
  }
}

const serverAt = (url: string) => ({ connectionString: url, connectionTimeoutMillis: 15_000, keepAlive: true }) as const

/** A connection that breaks while nobody uses it is made anew when it is needed; without a listener the process would end. */
function poolOf(options: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(options)
  pool.on('error', () => undefined)
  return pool
}

/** The database that another thread of this process opened. */
export function followWay(way: DatabaseWay): Pick<Database, 'queries' | 'close'> {
  const max = THREAD_CONNECTIONS
  const pool =
    way.is === 'server'
      ? poolOf({ ...serverAt(way.url), max, types: readings, application_name: 'fleetproof' })
      : poolOf({ stream: () => connectThrough(way.port), max, types: readings })
  return {
    queries: queriesOn(pool),
    close: async () => {
      await pool.end()
      if (way.is === 'door') way.port.close()
    },
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
