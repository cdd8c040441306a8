/** Calls of services ("actions" since 2024): whom they mean, what they set, what is listed because nothing is known of it. From documentation: docs/scripts/perform-actions. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression } from '../../model/automation.ts'
import { choose, read, same, value } from '../node-red/expressions.ts'
import { domainOf, entityDomains, passiveDomains, slug } from './domains.ts'
import { type Data, given, onlyWhen, setAll, settings } from './effects.ts'
import { askedToTurnOn } from './events.ts'
import { command, messages, say } from './home.ts'
import { eachTarget, entitiesIn, integrationService, opaque } from './integration-calls.ts'
import { opening, outcomes } from './outcomes.ts'
import { activateScene, sceneSettings, snapshot } from './scenes.ts'
import { runScript, scriptWaits, stopEvent } from './scripts.ts'
import { helperSettings, publish, timerService } from './services-special.ts'
import { type Effect, meaningOf, SERVICES } from './services.ts'
import { targetsOf } from './targets.ts'
import { templated } from './templates.ts'
import { entriesOf, field, isTemplate, textOf, type YamlNode } from './tree.ts'
import { variable } from './variables.ts'
import { anyOf, step, unmodelledStep, type Writing } from './writing.ts'

export function callService(w: Writing, node: YamlNode, next: readonly string[]): readonly string[] {
  const written = field(node, 'action', 'service', 'service_template')
  const name = (textOf(written) ?? '').trim().toLowerCase()
  const at = written?.at ?? node.at
  if (!isTemplate(name)) return callNamed(w, node, name, at, next)
  const turning = /^(\w+)\.turn_(\{\{[^{}]*\}\})$/.exec((textOf(written) ?? '').trim())
  if (turning !== null) {
    // `light.turn_{{ trigger.to_state.state }}`: other words than `on` and `off` are no service, and the run ends with an error.
    const word = templated(w, turning[2]!, at, 'text')
    const cases = ['on', 'off'].map((one) => ({
      when: same(word, value(one)),
      next: callNamed(w, node, `${turning[1]!}.turn_${one}`, at, next),
    }))
    return step(w, at, w.failed, { do: 'branch', every: false, cases })
  }
  const chosen = templated({ ...w, home: { ...w.home, unmodelled: [] } }, textOf(written) ?? '', at, 'text')
  const names = outcomes(w, chosen)
  if (names === undefined) {
    const begins = /^\w+(?=\.)/.exec(opening(w, chosen) || name)?.[0]
    // Whatever else it says: services of such a domain act on nothing here.
    if (begins !== undefined && meaningOf(begins, '*').is === 'opaque') return opaque(w, `${begins}.*`, next)
    if (begins === 'script') return anyScript(w, node, chosen, at, next)
    const targets = targetsOf(w, node, dataOf(node), 'homeassistant')
    const writes = targets.targets.map(({ entity }) => entity)
    return unmodelledStep(w, 'a service that a template names', at, targets.unknown.length === 0 && writes.length > 0 ? writes : WIDE, next)
  }
  if (names.length === 1) return callNamed(w, node, names[0]!, at, next)
  const cases = names
    .filter((one) => one.includes('.'))
    .map((one) => ({ when: same(chosen, value(one)), next: callNamed(w, node, one, at, next) }))
  // What is no service ends the run with an error.
  return step(w, at, w.failed, { do: 'branch', every: false, cases })
}

/** The script that a template names: one of all, where it gives its name; another name is an error. */
function anyScript(w: Writing, node: YamlNode, chosen: AutomationExpression, at: Location, next: readonly string[]): readonly string[] {
  const begins = opening(w, chosen)
  const names = [...w.home.inventory.scripts.keys()].sort().filter((name) => `script.${name}`.startsWith(begins))
  const cases = names.map((one) => ({ when: same(chosen, value(`script.${one}`)), next: callNamed(w, node, `script.${one}`, at, next) }))
  return step(w, at, w.failed, { do: 'branch', every: false, cases })
}

/** `data` over `data_template`; a template in the place of all data gives nothing. */
function dataOf(node: YamlNode): Data {
  const all = [field(node, 'data'), field(node, 'data_template'), field(node, 'service_data')].flatMap(entriesOf)
  return [...new Map(all.map((entry) => [entry.key, entry])).values()]
}

function callNamed(w: Writing, node: YamlNode, name: string, at: Location, next: readonly string[]): readonly string[] {
  const [domain = '', service = ''] = name.split('.')
  const data = dataOf(node)
  if (!name.includes('.')) return unmodelledStep(w, `the service \`${name}\``, at, [], next)
  switch (domain) {
    case 'script':
      if (service === 'turn_on' || service === 'turn_off' || service === 'toggle') return scriptService(w, node, service, data, at, next)
      if (service === 'reload') return next
      return runScript(w, service, data, at, true, next)
    case 'scene':
      return sceneService(w, node, service, data, at, next)
    case 'automation':
      return automationService(w, node, service, data, at, next)
    case 'mqtt':
      if (service === 'publish') return publish(w, data, at, next)
      break
    case 'homeassistant':
      return genericService(w, node, service, data, at, next)
    case 'group':
      return opaque(w, name, next)
  }
  if (!entityDomains.has(domain)) return integrationService(w, node, name, data, at, next)
  if (domain === 'timer') {
    const targets = targetsOf(w, node, data, domain)
    return eachTarget(
      w,
      node,
      targets,
      domain,
      at,
      next,
      (entity, after) =>
        timerService(w, name, entity, at, after) ?? unmodelledStep(w, `what the service \`${name}\` does`, at, [entity], after),
    )
  }
  return entityService(w, node, domain, service, data, at, next)
}

/** What a service of any name may write. */
const WIDE: readonly string[] = [
  '*light',
  '*switch',
  '*cover',
  '*climate',
  '*fan',
  '*lock',
  '*media_player',
  '*vacuum',
  '*input_boolean',
  '*scene',
]

function entityService(
  w: Writing,
  node: YamlNode,
  domain: string,
  service: string,
  data: Data,
  at: Location,
  next: readonly string[],
): readonly string[] {
  const name = `${domain}.${service}`
  const meaning = meaningOf(domain, service)
  const targets = targetsOf(w, node, data, domain)
  if (meaning.is === 'unknown' && CLOSED.has(domain)) return noService(w, node, name, at, next)
  if (meaning.is === 'opaque') return opaque(w, name, next)
  if (meaning.is === 'effects' && meaning.effects.length === 0) return opaque(w, name, next)
  if (
    !targets.named &&
    ['alarm_control_panel', 'lock', 'cover', 'light', 'switch', 'vacuum', 'climate', 'media_player', 'fan'].includes(domain)
  ) {
    return refused(w, node, `\`${name}\` names no target`, next)
  }
  const missing = meaning.is === 'effects' ? missingField(meaning.effects, data) : undefined
  if (missing !== undefined) return refused(w, node, `\`${name}\` needs \`${missing}\``, next)
  if (targets.targets.length <= MANY)
    return eachTarget(w, node, targets, domain, at, next, (entity, after) => onEntity(w, name, entity, data, at, after))
  const once = computedOnce(w, data, name)
  const first = eachTarget(once.w, node, targets, domain, at, next, (entity, after) => onEntity(once.w, name, entity, once.data, at, after))
  return once.lets.reduceRight((after, [local, given]) => step(w, at, after, { do: 'let', local, value: given }), first)
}

/** For more targets than these what the data's templates give is computed once, as Home Assistant does it. */
const MANY = 8

interface Once {
  readonly w: Writing
  readonly data: Data
  readonly lets: readonly (readonly [local: string, given: AutomationExpression])[]
}

/** The data with each template in the place of a plain value as a local that is given it before. */
function computedOnce(w: Writing, data: Data, name: string): Once {
  const scope = new Map(w.scope)
  const lets: [string, AutomationExpression][] = []
  const kept = data.map((entry) => {
    const text = textOf(entry.node)
    if (entry.key === 'entity_id' || entry.node.is !== 'scalar' || text === undefined || !isTemplate(text)) return entry
    const local = `${slug(name)}_${slug(entry.key)}_${w.made.steps}`
    const found = variable(w, local, entry.node)
    if (found.step === undefined) return entry
    scope.set(local, found.sees)
    lets.push([local, found.step])
    const written = `{{ ${local} }}`
    return { ...entry, node: { ...entry.node, value: written, text: written } }
  })
  return { w: { ...w, scope }, data: kept, lets }
}

/** Domains all of whose services are known here. From documentation: integrations/<domain>. */
const CLOSED = new Set(['alarm_control_panel', 'input_boolean', 'switch'])

/** A service that nothing provides: the action fails, and with it the run. */
function noService(w: Writing, node: YamlNode, name: string, at: Location, next: readonly string[]): readonly string[] {
  const id = `${w.home.application}/${name} | missing`
  if (!w.home.dangling.has(id)) w.home.dangling.set(id, { id, automation: w.automation, at, text: `there is no service \`${name}\`` })
  return refused(w, node, `there is no service \`${name}\``, next)
}

/** A key without which the service is no call. */
function missingField(effects: readonly Effect[], data: Data): string | undefined {
  const found = effects.find(
    (one) => 'from' in one && !('joined' in one) && one.need !== true && one.absent === undefined && given(data, one.from) === undefined,
  )
  return found !== undefined && 'from' in found ? found.from[0] : undefined
}

/** A call that Home Assistant does not take: nothing happens, and the run ends. From documentation: docs/scripts, section "Continuing on error". */
function refused(w: Writing, node: YamlNode, why: string, next: readonly string[]): readonly string[] {
  say(w.home, 'refused-action', `${why}: the call is refused, and the run ends here`, node)
  const goesOn = field(node, 'continue_on_error')
  return goesOn?.is === 'scalar' && goesOn.value === true ? next : w.failed
}

/** What a service of an entity's domain does to it. */
function onEntity(w: Writing, name: string, entity: string, data: Data, at: Location, next: readonly string[]): readonly string[] {
  const [domain = '', service = ''] = name.split('.')
  const special = helperDomain(domain) ? helperSettings(w, name, entity, data, at) : undefined
  if (special !== undefined) return setAll(w, special, at, next)
  const templateEntity = w.home.inventory.templates.get(entity)
  if (templateEntity !== undefined) {
    const actions = field(templateEntity.node, COMMANDS[service] ?? service, service === 'toggle' ? 'turn_on' : service)
    if (actions !== undefined && service !== 'toggle')
      return w.sequence({ ...w, inside: [...w.inside, entity], stopped: next, scope: dataScope(w, data) }, actions, next)
  }
  const effects = SERVICES[domain]?.[service]
  if (name === 'media_player.turn_on' && w.home.asked.has(entity)) {
    const asked = { attribute: messages(w.home, askedToTurnOn(entity), { is: 'any' }, at), value: value('on') }
    return setAll(w, [...settings(w, entity, effects ?? [], data, at), asked], at, next)
  }
  if (effects === undefined) {
    command(w.home, entity, undefined, at)
    return unmodelledStep(w, `what the service \`${name}\` does`, at, [entity], next)
  }
  return setAll(w, settings(w, entity, effects, data, at), at, next)
}

const helperDomain = (domain: string): boolean => ['input_number', 'input_select', 'input_datetime', 'counter', 'number'].includes(domain)

/** Keys of template entities for services. */
const COMMANDS: Readonly<Record<string, string>> = {
  set_cover_position: 'set_cover_position',
  set_value: 'set_value',
  select_option: 'select_option',
}

function dataScope(w: Writing, data: Data): Writing['scope'] {
  return new Map(
    data.flatMap(({ key, node }) => {
      const text = textOf(node)
      if (text === undefined) return []
      return [
        [
          key,
          {
            is: 'expression',
            expression: isTemplate(text) ? templated(w, text, node.at, 'any') : value(node.is === 'scalar' ? node.value : null),
          },
        ],
      ]
    }),
  )
}

function scriptService(w: Writing, node: YamlNode, service: string, data: Data, at: Location, next: readonly string[]): readonly string[] {
  const targets = targetsOf(w, node, data, 'script')
  const variables = given(data, ['variables'])
  return eachTarget(w, node, targets, 'script', at, next, (entity, after) => {
    const name = entity.slice('script.'.length)
    if (service === 'turn_on') return runScript(w, name, entriesOf(variables), at, false, after)
    if (!w.home.inventory.scripts.has(name) || scriptWaits(w.home, name)) {
      if (service === 'turn_off' && w.home.inventory.scripts.has(name)) return step(w, at, after, { do: 'emit', event: stopEvent(name) })
      if (service === 'turn_off') return after
      const when = anyOf(w, { is: 'bool' }, 'whether the script runs', at)
      return onlyWhen(w, when, at, after, (then) => runScript(w, name, [], at, false, then))
    }
    // A script that never waits has ended before anything could stop it.
    return service === 'toggle' ? runScript(w, name, [], at, false, after) : after
  })
}

function sceneService(w: Writing, node: YamlNode, service: string, data: Data, at: Location, next: readonly string[]): readonly string[] {
  switch (service) {
    case 'turn_on': {
      const targets = targetsOf(w, node, data, 'scene')
      return eachTarget(w, node, targets, 'scene', at, next, (entity, after) => activateScene(w, entity, at, after))
    }
    case 'apply':
      return setAll(w, sceneSettings(w, given(data, ['entities']), at), at, next)
    case 'create': {
      const id = textOf(given(data, ['scene_id'])) ?? ''
      const entities = w.home.created.get(`scene.${id}`)
      const asked = entitiesIn(w, given(data, ['snapshot_entities']))
      if (entities === undefined) return unmodelledStep(w, 'a scene that a template names', at, [], next)
      return setAll(
        w,
        snapshot(
          w,
          `scene.${id}`,
          entities.filter((one) => asked.includes(one)),
          at,
        ),
        at,
        next,
      )
    }
    case 'delete':
    case 'reload':
      return next
    default:
      // From documentation: integrations/scene has no other services; a call of one that is not there ends the run.
      return noService(w, node, `scene.${service}`, at, next)
  }
}

function automationService(
  w: Writing,
  node: YamlNode,
  service: string,
  data: Data,
  at: Location,
  next: readonly string[],
): readonly string[] {
  if (service === 'reload') return next
  const targets = targetsOf(w, node, data, 'automation')
  return eachTarget(w, node, targets, 'automation', at, next, (entity, after) => {
    const called = w.home.automationIds.get(entity)
    if (service === 'trigger') {
      if (called === undefined) return unmodelledStep(w, `the automation \`${entity}\`, which no file here defines`, at, [], after)
      const skip = given(data, ['skip_condition'])
      const skips = !(skip?.is === 'scalar' && skip.value === false)
      const calling = step(w, at, after, { do: 'call', automation: called })
      if (skips === w.home.called.has(entity)) return calling
      return unmodelledStep(w, 'conditions of one automation are skipped by some and kept by others who trigger it', at, [], calling)
    }
    const effects = SERVICES['automation']?.[service]
    if (effects === undefined) return unmodelledStep(w, `what the service \`automation.${service}\` does`, at, [entity], after)
    if (service !== 'turn_on') w.home.assumptions.add('an automation that is turned off ends its waiting runs: the model lets them go on')
    return setAll(w, settings(w, entity, effects, data, at), at, after)
  })
}

/** `homeassistant.turn_on` and its like do what the domain of each target does. */
function genericService(w: Writing, node: YamlNode, service: string, data: Data, at: Location, next: readonly string[]): readonly string[] {
  if (!['turn_on', 'turn_off', 'toggle'].includes(service)) return opaque(w, `homeassistant.${service}`, next)
  const targets = targetsOf(w, node, data, 'homeassistant')
  return eachTarget(w, node, targets, 'homeassistant', at, next, (entity, after) => {
    const domain = domainOf(entity)
    if (domain === 'scene' && service === 'turn_on') return activateScene(w, entity, at, after)
    if (domain === 'script' && service === 'turn_off' && w.home.inventory.scripts.has(entity.slice('script.'.length)))
      return step(w, at, after, { do: 'emit', event: stopEvent(entity.slice('script.'.length)) })
    if (domain === 'script' && service === 'turn_on') return runScript(w, entity.slice('script.'.length), [], at, false, after)
    if (domain === 'cover')
      return onEntity(
        w,
        `cover.${service === 'turn_on' ? 'open_cover' : service === 'turn_off' ? 'close_cover' : 'toggle'}`,
        entity,
        data,
        at,
        after,
      )
    if (domain === 'group') {
      const [on, off] = ['on', 'off'].map(value)
      const id = command(w.home, entity, undefined, at).id
      const to = service === 'turn_on' ? on! : service === 'turn_off' ? off! : choose(same(read(id), on!), off!, on!)
      return setAll(w, [{ attribute: id, value: to }], at, after)
    }
    if (SERVICES[domain]?.[service] !== undefined || w.home.inventory.templates.has(entity))
      return onEntity(w, `${domain}.${service}`, entity, data, at, after)
    if (passiveDomains.has(domain)) return after
    return unmodelledStep(w, `what \`homeassistant.${service}\` does to \`${entity}\``, at, [entity], after)
  })
}
