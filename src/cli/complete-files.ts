// What a shell completes where a file or a folder is asked for: names beside the words typed so far.
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Streams } from './streams.ts'

/** Arguments and option values that name files. */
const named = new Set(['model', 'source', 'result', 'bundle', 'plan', 'release', 'first', 'second', 'file', 'folder'])

/** Adds `complete SHELL`, which prints the script that a shell loads; that script asks `complete -- WORDS`. */
export function addCompletion(program: Command, words: readonly string[], streams: Streams): void {
  const completion = tab(program)
  inner(program, 'complete')
    ?.description('print the script by which a shell (zsh, bash, fish, powershell) completes commands, options and files')
    .addHelpText('after', '\nexample:\n  fleetproof complete bash > ~/.local/share/bash-completion/completions/fleetproof')
  const files = (complete: (value: string, description: string) => void): void => {
    for (const name of namesLike(words.at(-1) ?? '', streams.workingDirectory)) complete(name, '')
  }
  for (const [name, command] of completion.commands) {
    for (const argument of command.arguments.values()) if (named.has(argument.name)) argument.handler = files
    const options = name.split(' ').reduce<Command | undefined>(inner, program)?.options ?? []
    for (const { long, flags } of options) {
      const option = command.options.get(long?.slice(2) ?? '')
      if (option !== undefined && /<(?:\w+=)?(?:file|folder|path|report)>/.test(flags)) option.handler = files
    }
  }
}

const inner = (command: Command | undefined, name: string): Command | undefined => command?.commands.find((one) => one.name() === name)

/** Names in the folder that the word leads into; folders end in `/`. A folder that cannot be read has none. */
function namesLike(word: string, workingDirectory: string): readonly string[] {
  const folder = word.endsWith('/') ? word : dirname(word) === '.' && !word.startsWith('./') ? '' : `${dirname(word)}/`
  try {
    return readdirSync(resolve(workingDirectory, folder), { withFileTypes: true })
      .map((entry) => join(folder, entry.name) + (entry.isDirectory() ? '/' : ''))
      .sort()
  } catch {
    return []
  }
}
