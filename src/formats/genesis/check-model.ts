/** The validity rules of GeneSIS models: errors where an application would be mistaken for another, warnings for the rest. */
import type { Diagnostic, Location } from '../../diagnostics/diagnostic.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { type Component, type Connection, type DeploymentModel, type End, listOf, mappingOf, textOf } from './deployment.ts'

type Say = (severity: Diagnostic['severity'], code: string, message: string, at: Location, hint?: { readonly hint?: string }) => void

export function checkModel(model: DeploymentModel): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const say: Say = (severity, code, message, at, hint = {}) =>
    void diagnostics.push({ code: `formats/${code}`, severity, message, ...hint, at })
  checkNames(model, say)
  checkEnds(model, say)
  checkMandatory(model, say)
  checkHosts(model, say)
  checkHostPorts(model, say)
  return diagnostics
}

function twice<T extends { readonly at: Location }>(
  items: readonly T[],
  key: (item: T) => string,
  report: (item: T, key: string) => void,
): void {
  const seen = new Set<string>()
  for (const item of items) {
    const name = key(item)
    if (name !== '' && seen.has(name)) report(item, name)
    seen.add(name)
  }
}

function checkNames({ components, links, containments }: DeploymentModel, say: Say): void {
  twice(
    components,
    ({ name }) => name,
    (item, name) => say('error', 'genesis-duplicate', `two components are called \`${name}\``, item.at),
  )
  twice(
    components,
    ({ id }) => (id === 'a_unique_id' ? '' : id),
    (item, id) => say('warning', 'genesis-duplicate', `two components have the id \`${id}\``, item.at),
  )
  twice(
    links,
    ({ name }) => name,
    (item, name) => say('warning', 'genesis-duplicate', `two links are called \`${name}\``, item.at),
  )
  twice(
    containments,
    ({ name }) => name,
    (item, name) => say('warning', 'genesis-duplicate', `two containments are called \`${name}\``, item.at),
  )
}

const PORTS = ['provided_execution_port', 'required_execution_port', 'provided_communication_port', 'required_communication_port']

/** Ports of a component by name; `required_execution_port` is one mapping, others are lists. */
function portsOf({ raw }: Component): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const all = PORTS.flatMap((key) => (Array.isArray(raw[key]) ? listOf(raw[key]) : [raw[key]])).map(mappingOf)
  return new Map(all.flatMap((port) => (textOf(port['name']) === '' ? [] : [[textOf(port['name']), port] as const])))
}

function checkEnds({ components, links, containments }: DeploymentModel, say: Say): void {
  const known = new Map(components.map((component) => [component.name, portsOf(component)]))
  const check = (what: string, { name, source, target, at }: Connection): void => {
    for (const end of [source, target]) {
      const ports = known.get(end.component)
      if (ports === undefined)
        say(
          'warning',
          'genesis-unknown',
          `the ${what} \`${name}\` names the component \`${end.component}\`, which does not exist`,
          at,
          maybe(end.component, known.keys()),
        )
      else if (end.port !== undefined && !ports.has(end.port))
        say(
          'warning',
          'genesis-unknown',
          `the ${what} \`${name}\` names the port \`${end.port}\`, which \`${end.component}\` does not have`,
          at,
        )
    }
    const provided = capabilityOf(known, source)
    const required = capabilityOf(known, target)
    for (const [key, wanted] of Object.entries(required)) {
      if (
        key !== 'name' &&
        textOf(wanted) !== '' &&
        key in provided &&
        textOf(provided[key]) !== '' &&
        textOf(provided[key]) !== textOf(wanted)
      )
        say(
          'warning',
          'genesis-capability',
          `the ${what} \`${name}\` needs \`${key}\` to be \`${textOf(wanted)}\`, \`${source.component}\` provides \`${textOf(provided[key])}\``,
          at,
        )
    }
  }
  links.forEach((link) => check('link', link))
  containments.forEach((containment) => check('containment', containment))
}

function capabilityOf(
  known: ReadonlyMap<string, ReadonlyMap<string, Readonly<Record<string, unknown>>>>,
  { component, port }: End,
): Readonly<Record<string, unknown>> {
  return mappingOf(known.get(component)?.get(port ?? '')?.['capabilities'])
}

function checkMandatory({ components, links }: DeploymentModel, say: Say): void {
  for (const component of components) {
    for (const port of listOf(component.raw['required_communication_port']).map(mappingOf)) {
      const name = textOf(port['name'])
      if (port['isMandatory'] !== true) continue
      const linked = links.some(({ source, target }) =>
        [source, target].some((end) => end.component === component.name && (end.port === name || end.port === undefined)),
      )
      if (!linked)
        say('warning', 'genesis-mandatory', `nothing is linked to the mandatory port \`${name}\` of \`${component.name}\``, component.at)
    }
  }
}

function hostsOf({ components, containments }: DeploymentModel): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  const add = (hosted: string, host: string): void => void hosts.set(hosted, [...(hosts.get(hosted) ?? []), host])
  for (const { source, target } of containments) add(target.component, source.component)
  for (const { name, raw } of components) if (textOf(raw['id_host']) !== '') add(name, textOf(raw['id_host']))
  return hosts
}

function checkHosts(model: DeploymentModel, say: Say): void {
  const hosts = hostsOf(model)
  const names = new Set(model.components.map(({ name }) => name))
  for (const component of model.components) {
    const own = hosts.get(component.name) ?? []
    const internal = component.type.startsWith('/internal') || (!component.type.startsWith('/') && 'docker_resource' in component.raw)
    if (internal && own.length === 0) say('warning', 'genesis-host', `\`${component.name}\` has no host`, component.at)
    for (const host of own)
      if (!names.has(host))
        say('warning', 'genesis-host', `the host \`${host}\` of \`${component.name}\` does not exist`, component.at, maybe(host, names))
    if (circles(component.name, hosts))
      say('warning', 'genesis-circle', `\`${component.name}\` is hosted by itself, perhaps through others`, component.at)
  }
}

function circles(name: string, hosts: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>()
  const ahead = [...(hosts.get(name) ?? [])]
  for (let host = ahead.pop(); host !== undefined; host = ahead.pop()) {
    if (host === name) return true
    if (seen.has(host)) continue
    seen.add(host)
    ahead.push(...(hosts.get(host) ?? []))
  }
  return false
}

/** Ports of one host that two components bind. A component that runs on another runs on its machine. */
function checkHostPorts(model: DeploymentModel, say: Say): void {
  const hosts = hostsOf(model)
  const bound = new Map<string, string>()
  for (const component of model.components) {
    const resource = mappingOf(component.raw['docker_resource'])
    for (const port of Object.keys(mappingOf(resource['port_bindings']))) {
      for (const host of hosts.get(component.name) ?? []) {
        const key = `${host}:${port}`
        const other = bound.get(key)
        if (other !== undefined)
          say('warning', 'genesis-port', `\`${component.name}\` and \`${other}\` both bind port ${port} of \`${host}\``, component.at)
        bound.set(key, component.name)
      }
    }
  }
}
