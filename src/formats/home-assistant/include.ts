/**
 * Puts the files of a configuration folder together: `!include` in all its forms, `!secret` (masked, its value is never asked for), `!env_var`.
 * From documentation: docs/configuration/splitting_configuration, docs/configuration/secrets.
 */
import type { Diagnostic, Location, Source } from '../../diagnostics/diagnostic.ts'
import { parseFile } from './parse.ts'
import { type MapEntry, mapNodes, textOf, type YamlNode } from './tree.ts'

/** Files by their path below the folder, with `/` between names. */
export type Folder = ReadonlyMap<string, Source>

export interface Including {
  readonly folder: Folder
  readonly diagnostics: Diagnostic[]
  /** Paths that an include has reached. */
  readonly reached: Set<string>
  /** Includes that lead nowhere, with what they name. */
  readonly missing: { readonly path: string; readonly at: Location }[]
  /** Files on the way from the root. */
  readonly open: string[]
  /** Files as they were parsed, so that mistakes of one included twice are said once. */
  readonly parsed: Map<string, YamlNode | undefined>
}

export function including(folder: Folder): Including {
  return { folder, diagnostics: [], reached: new Set(), missing: [], open: [], parsed: new Map() }
}

/** The tree of a file with everything that it includes; nothing where it cannot be read. */
export function readIncluded(state: Including, path: string): YamlNode | undefined {
  const source = state.folder.get(path)
  if (source === undefined) return undefined
  state.reached.add(path)
  if (!state.parsed.has(path)) {
    const { root, diagnostics } = parseFile(source)
    state.diagnostics.push(...diagnostics)
    state.parsed.set(path, root)
  }
  const root = state.parsed.get(path)
  if (root === undefined) return undefined
  state.open.push(path)
  const whole = mapNodes(root, (node) => (node.is === 'tagged' ? resolveTag(state, path, node) : undefined))
  state.open.pop()
  return whole
}

function resolveTag(state: Including, path: string, node: Extract<YamlNode, { is: 'tagged' }>): YamlNode | undefined {
  const { tag, at } = node
  const name = textOf(node.node) ?? ''
  const nothing: YamlNode = { is: 'scalar', value: null, text: '', plain: true, at }
  switch (tag) {
    case '!input':
      return node
    case '!secret':
      return { is: 'scalar', value: `secret ${name}`, text: `secret ${name}`, plain: false, secret: true, at }
    case '!env_var': {
      const fallback = name.split(/\s+/).slice(1).join(' ')
      return { is: 'scalar', value: fallback || `environment ${name}`, text: fallback, plain: false, secret: true, at }
    }
    case '!include':
      return includeFile(state, resolvePath(path, name), at) ?? nothing
    case '!include_dir_list':
      return { is: 'list', items: filesBelow(state, path, name, at).map(({ node }) => node), at }
    case '!include_dir_merge_list':
      return {
        is: 'list',
        items: filesBelow(state, path, name, at).flatMap((file) =>
          file.node.is === 'list' ? file.node.items : notMerged(state, file.node, 'list'),
        ),
        at,
      }
    case '!include_dir_named':
      return {
        is: 'map',
        entries: lastOf(filesBelow(state, path, name, at).map((file) => ({ key: stem(file.path), at: file.node.at, node: file.node }))),
        at,
      }
    case '!include_dir_merge_named': {
      const entries = filesBelow(state, path, name, at).flatMap((file) =>
        file.node.is === 'map' ? file.node.entries : notMerged(state, file.node, 'mapping'),
      )
      return { is: 'map', entries: lastOf(entries), at }
    }
    default:
      state.diagnostics.push({ code: 'home-assistant/unknown-tag', severity: 'warning', message: `the tag \`${tag}\` is not known`, at })
      return nothing
  }
}

function lastOf(entries: readonly MapEntry[]): readonly MapEntry[] {
  return [...new Map(entries.map((entry) => [entry.key, entry])).values()]
}

/** Home Assistant leaves such a file out without a word. */
function notMerged(state: Including, node: YamlNode, wanted: 'list' | 'mapping'): readonly never[] {
  if (node.is === 'scalar' && node.value === null) return []
  const message = `this file holds no ${wanted}, so an include that merges ${wanted}s leaves it out`
  state.diagnostics.push({ code: 'home-assistant/not-merged', severity: 'warning', message, at: node.at })
  return []
}

function includeFile(state: Including, path: string, at: Location): YamlNode | undefined {
  if (state.open.includes(path)) {
    const message = `\`${path}\` is included inside itself`
    state.diagnostics.push({ code: 'home-assistant/include-circle', severity: 'warning', message, at })
    return undefined
  }
  if (!state.folder.has(path)) {
    state.missing.push({ path, at })
    return undefined
  }
  return readIncluded(state, path)
}

/** Every file `*.yaml` below a folder in the order of its name; hidden files and `secrets.yaml` are none of them. */
function filesBelow(
  state: Including,
  from: string,
  name: string,
  at: Location,
): readonly { readonly path: string; readonly node: YamlNode }[] {
  const folder = resolvePath(from, name).replace(/\/+$/, '')
  const prefix = folder === '' ? '' : `${folder}/`
  const paths = [...state.folder.keys()]
    .filter(
      (path) => path.startsWith(prefix) && path.endsWith('.yaml') && !/(^|\/)(\.[^/]*|secrets\.yaml)(\/|$)/.test(path.slice(prefix.length)),
    )
    .sort()
  if (paths.length === 0) state.missing.push({ path: prefix || './', at })
  return paths.flatMap((path) => {
    const node = includeFile(state, path, at)
    return node === undefined ? [] : [{ path, node }]
  })
}

function stem(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.yaml$/, '')
}

/** `name` as the file at `from` means it, below the folder; a path out of the folder stays one (`../x`). */
export function resolvePath(from: string, name: string): string {
  const absolute = /^\/(config|homeassistant)\//.exec(name)
  const steps = absolute === null ? [...from.split('/').slice(0, -1), ...name.split('/')] : name.slice(absolute[0].length).split('/')
  const path: string[] = []
  for (const step of steps) {
    if (step === '' || step === '.') continue
    if (step === '..' && path.length > 0 && path.at(-1) !== '..') path.pop()
    else path.push(step)
  }
  return path.join('/')
}
