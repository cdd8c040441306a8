import type { Program } from '../solve/external.ts'
import type { ModelOptions } from './inputs.ts'

export interface VerifyCommandOptions extends ModelOptions {
  readonly model?: string
  readonly solver?: Program
  readonly json?: boolean
}
