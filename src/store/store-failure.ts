/** What a driver threw, as a failure with a code of ours where the caller can do something about it: wait, make room. Everything else stays as it is. */
import { EngineError } from '../diagnostics/engine-error.ts'

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])
/** Classes 08 (connection), 57P01..03 (the server ends, crashed, starts), 53300 (too many connections). */
const AWAY = /^(08...|57P0[123]|53300)$/
/** 53100 disk full; 58030 input or output error; 53200 out of memory. */
const FULL = /^(53100|53200|58030)$/

export function storeFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof EngineError) return error
  const code = 'code' in error ? String(error.code) : ''
  if (FULL.test(code) || /no space left on device|file too large|disk quota exceeded/i.test(error.message))
    return new EngineError('store/full', `the database has no room: ${error.message}`, { cause: error })
  if (
    AWAY.test(code) ||
    NETWORK.has(code) ||
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(error.message)
  )
    return new EngineError('store/unavailable', `the database does not answer: ${error.message}`, { cause: error })
  return error
}
