/** The library's public names, listed one by one. */
export { assign, runAssignment, type AssignInputs, type AssignOptions, type AssignmentRun } from './engine.ts'
export { ask, explain, whyNotFor } from './engine-explain.ts'
export {
  readChanges,
  reassign,
  warmAssignment,
  type Again,
  type Changes,
  type Reassignment,
  type WarmAssignment,
} from './engine-warm.ts'
export { check, type CheckInputs, type CheckOptions, type CheckSource } from './engine-check.ts'
export { createSolvers, type SolversOptions } from './solve/create-solvers.ts'
export type { Solvers } from './solve/solvers.ts'
export { verifyAssignment, type AssignmentCheck, type Claims } from './verify/assignment.ts'
export { verifyFinding, type CheckedFinding } from './verify/conflicts.ts'
export { printDiagnostics } from './diagnostics/print.ts'
export type { Diagnostic, Location, Read, Source } from './diagnostics/diagnostic.ts'
export type { AssignmentResult, AssignedDevice, Assignment, KnownSoFar, Level, Reason, Separation } from './model/assignment.ts'
export type { Certificate, CheckedBy } from './model/certificate.ts'
export type { ConflictReport, ConflictVerdict, Finding, Run } from './model/conflict.ts'
export type { Fleet } from './model/fleet.ts'
export type { FleetModel } from './model/fleet-model.ts'
export type { Behaviour } from './model/automation.ts'
export type { Explanation } from './explain/explain-device.ts'
export { version } from './version.ts'
