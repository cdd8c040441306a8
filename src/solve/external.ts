/** Solvers that are installed as programs of their own: they read the same scripts, and so check what Z3 in here says. */
import { spawn } from 'node:child_process'
import { readCommands } from '../smt/s-expression.ts'

export type Program = 'cvc5' | 'z3'

/** `missing`: no such program is installed. `error`: what the program said. */
export type ExternalAnswer = 'sat' | 'unsat' | 'unknown' | { readonly missing: true } | { readonly error: string }

const ARGUMENTS: Readonly<Record<Program, readonly string[]>> = {
  cvc5: ['--lang', 'smt2', '-'],
  z3: ['-smt2', '-in'],
}

/** The script with what only Z3 understands left out, and a logic, which others need to be fast. Nothing after check-sat is kept. */
const portable = (script: string): string => {
  const kept: string[] = []
  let logic = false
  for (const command of readCommands(script)) {
    const text = script.slice(command.start, command.end)
    if (command.name === 'set-option') continue
    if (command.name === 'set-logic') logic = true
    kept.push(text)
    if (command.name === 'check-sat') break
  }
  return `${logic ? '' : '(set-logic ALL)\n'}${kept.join('\n')}\n(exit)\n`
}

const readAnswer = (output: string, errors: string): ExternalAnswer => {
  if (/\(error/.test(output)) return { error: output.trim().slice(0, 500) }
  const word = output.trim()
  if (word === 'sat' || word === 'unsat' || word === 'unknown') return word
  return word === 'timeout' ? 'unknown' : { error: (errors || output).trim().slice(0, 500) }
}

/** Runs the program on the script. Out of time or stopped: `unknown`; the process is killed and gone before the answer. */
export const askExternal = (
  program: Program,
  script: string,
  limits: { readonly milliseconds?: number; readonly signal?: AbortSignal } = {},
): Promise<ExternalAnswer> =>
  new Promise((resolve) => {
    if (limits.signal?.aborted === true) {
      resolve('unknown')
      return
    }
    const child = spawn(program, ARGUMENTS[program], { stdio: ['pipe', 'pipe', 'pipe'] })
    let [output, errors] = ['', '']
    let missing = false
    let killed = false
    const kill = (): void => {
      killed = true
      child.kill('SIGKILL')
    }
    const timer = limits.milliseconds === undefined ? undefined : setTimeout(kill, limits.milliseconds)
    limits.signal?.addEventListener('abort', kill, { once: true })
    const finish = (answer: ExternalAnswer): void => {
      clearTimeout(timer)
      limits.signal?.removeEventListener('abort', kill)
      resolve(answer)
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    // A program that ends before it has read everything closes the pipe: its answer says why.
    child.stdin.on('error', () => undefined)
    child.on('error', (failure: NodeJS.ErrnoException) => {
      missing = failure.code === 'ENOENT'
      finish(missing ? { missing: true } : { error: failure.message })
    })
    child.on('close', () => finish(killed ? 'unknown' : readAnswer(output, errors)))
    child.stdin.end(portable(script))
  })
