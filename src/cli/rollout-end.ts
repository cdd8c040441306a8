// The exit code of a command that carried a rollout out, or watched it.
import { exitCodes, type ExitCode } from './exit-codes.ts'

/** `asked`: what the command was to do; a way back is a success only for who asked for it. */
export function endCode(state: string, asked: string | undefined): ExitCode {
  switch (state) {
    case 'succeeded':
      return exitCodes.good
    case 'paused':
      return exitCodes.unsure
    case 'rolled-back':
      return asked === 'roll-back' ? exitCodes.good : exitCodes.no
    default:
      return exitCodes.no
  }
}
