/** The scripts that a bundle's refutations must be: made again from the model, so that what is stored is only compared and never believed. */
import { placementConstraints } from '../constraints/placement.ts'
import { compileAssignment } from './compile/assignment.ts'
import { splitComponents } from './compile/components.ts'
import type { Certificate } from './model/certificate.ts'
import type { Fleet } from './model/fleet.ts'
import type { FleetModel } from './model/fleet-model.ts'
import { refutations } from './solve/assignment-z3.ts'

export interface ScriptsAgain {
  /** The scripts as the model gives them, for the bounds that the certificates claim. */
  readonly scripts: readonly string[]
  /** What is stored and is not one of them, one sentence each. */
  readonly wrong: readonly string[]
}

export function scriptsAgain(model: FleetModel, fleet: Fleet, certificates: readonly Certificate[]): ScriptsAgain {
  const refuted = certificates.filter((certificate) => certificate.is === 'refutation')
  if (refuted.length === 0) return { scripts: [], wrong: [] }
  const compiled = compileAssignment(model, fleet, placementConstraints)
  const components = new Map(compiled.ok ? splitComponents(compiled.value.problem).map(({ name, problem }) => [name, problem]) : [])
  const scripts = new Set<string>()
  const wrong: string[] = []
  for (const { component, bound } of refuted) {
    const problem = components.get(component)
    if (problem?.levels.length !== bound.length) wrong.push(`the model has no component ${component} of ${bound.length} levels`)
    else for (const script of refutations(problem, bound)) scripts.add(script)
  }
  // Components that are the same but for their columns' numbers may be refuted by one script.
  for (const { component, bound, scripts: stored } of refuted)
    if (stored.length !== bound.length || stored.some((script) => !scripts.has(script)))
      wrong.push(`the scripts of ${component} are not those that the model comes to`)
  return { scripts: [...scripts], wrong }
}
