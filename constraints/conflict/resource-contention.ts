/** K31: a port taken twice, more used of a resource than there is, or things switched on that draw more together than their place allows. */
import { FALSE } from '../../src/smt/build.ts'
import type { SettledEnvironment } from '../../src/model/environment.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../reaction.ts'
import { broughtAbout, watchedSubjects } from './safety-property.ts'

/** Each resource that somebody claims for himself. */
const claimed = ({ claims }: SettledEnvironment): readonly ConflictSubject[] =>
  [...new Set(claims.map(({ resource }) => resource))].sort().map((resource): ConflictSubject => {
    const takers = claims.filter((claim) => claim.resource === resource)
    const by = [...new Set(takers.map((claim) => claim.by))].sort()
    const names = by.map((one) => `\`${one}\``).join(' and ')
    const holds = takers.length > 1
    const who = by.length < 2 && holds ? `${names} twice` : names
    return {
      key: resource,
      rules: [],
      decided: {
        argument: 'static',
        facts: by,
        holds,
        why: holds ? `\`${resource}\` is taken by ${who}` : `\`${resource}\` is taken by ${who} alone`,
      },
      at: takers.map(({ at }) => at),
    }
  })

/** Each resource of which users say how much they need. */
const shared = ({ shared: resources }: SettledEnvironment): readonly ConflictSubject[] =>
  resources.map(({ resource, unit, limit, uses, at }): ConflictSubject => {
    const total = uses.reduce((sum, { amount }) => sum + amount, 0)
    const holds = total > limit
    const why = `${uses.map(({ by, amount }) => `\`${by}\` ${amount} ${unit}`).join(', ')} together use ${total} ${unit} of the ${limit} ${unit} of \`${resource}\``
    return { key: resource, rules: [], decided: { argument: 'static', facts: uses.map(({ by }) => by), holds, why }, at: [at] }
  })

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] => {
  const { environment } = structure.behaviour
  if (environment === undefined) return []
  return [...claimed(environment), ...shared(environment), ...watchedSubjects(structure, 'limit')]
}

export const resourceContention: ConflictKind = {
  id: 'conflict/resource-contention',
  number: 'K31',
  says: 'a port is taken twice, or more of a resource is used at once than there is: power of a place, airtime, duty cycle',
  shownBy: 'run',
  subjects,
  bad: (subject, reaction, _, words) => (subject.watched === undefined ? FALSE : broughtAbout(subject, reaction, words)),
  sameEvent: (subject, reaction, _, words) => (subject.watched === undefined ? FALSE : broughtAbout(subject, reaction, words)),
  severity: (_, subject) => (subject.watched === undefined ? 'error' : 'warning'),
  text: (subject, never, named) => {
    if (subject.decided !== undefined) return subject.decided.why
    const rule = subject.rules.map(named).join(' and ')
    return never ? `no command of ${rule} breaks the limit: ${subject.says ?? ''}` : `${rule} breaks the limit: ${subject.says ?? ''}`
  },
}
