/** One Z3 in this thread. Text goes in and out synchronously; the published asynchronous wrapper frees the text while a thread still reads it. */
import { createRequire } from 'node:module'
import { EngineError } from '../diagnostics/engine-error.ts'

interface Z3Module {
  readonly HEAPU8: Uint8Array
  readonly UTF8ToString: (pointer: number) => string
  readonly _malloc: (bytes: number) => number
  readonly _free: (pointer: number) => void
  readonly _set_noop_error_handler: (context: number) => void
  readonly _Z3_mk_config: () => number
  readonly _Z3_del_config: (config: number) => void
  readonly _Z3_mk_context: (config: number) => number
  readonly _Z3_del_context: (context: number) => void
  readonly _Z3_eval_smtlib2_string: (context: number, text: number) => number
  readonly _Z3_get_full_version: () => number
}

export interface Z3 {
  /** Forgets everything but global parameters. `(reset)` is dearer (4 ms, not 0.3) and keeps numbers of old terms, so that models depend on what ran before. */
  readonly fresh: () => void
  /** What Z3 prints for the commands. Throws `solve/instance-lost` where the instance died (memory, stack): it must not be used again. */
  readonly run: (commands: string) => string
  readonly version: string
}

export const startZ3 = async (): Promise<Z3> => {
  const load = createRequire(import.meta.url)('z3-solver/build/z3-built') as (overrides: object) => Promise<Z3Module>
  const module = await load({ printErr: () => undefined })
  let context = 0
  const encoder = new TextEncoder()
  const evaluate = (commands: string): string => {
    const bytes = encoder.encode(`${commands}\0`)
    const pointer = module._malloc(bytes.length)
    if (pointer === 0) throw new Error('out of memory')
    module.HEAPU8.set(bytes, pointer)
    const answer = module.UTF8ToString(module._Z3_eval_smtlib2_string(context, pointer))
    module._free(pointer)
    return answer
  }
  const guarded = <T>(action: () => T): T => {
    try {
      return action()
    } catch (cause) {
      throw new EngineError('solve/instance-lost', `Z3 died: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }
  const fresh = (): void =>
    guarded(() => {
      if (context !== 0) module._Z3_del_context(context)
      const config = module._Z3_mk_config()
      context = module._Z3_mk_context(config)
      module._Z3_del_config(config)
      module._set_noop_error_handler(context)
    })
  const run = (commands: string): string => {
    const answer = guarded(() => evaluate(commands))
    if (answer.includes('(error') && /\(error [^\n]*out of memory/.test(answer))
      throw new EngineError('solve/instance-lost', 'Z3 ran out of memory')
    return answer
  }
  fresh()
  return { fresh, run, version: module.UTF8ToString(module._Z3_get_full_version()) }
}
