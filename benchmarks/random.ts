export { seededNumbers as randomNumbers } from '../src/explain/random-run.ts'

/** An index below `count`, small ones far likelier: about 1/k. */
export function skewed(next: () => number, count: number): number {
  return Math.min(count - 1, Math.floor(Math.pow(count + 1, next())) - 1)
}
