// The tour of `npm run demo`: both halves and their join on the example fleets, through the command line, nothing but Node needed.
import { fileURLToPath } from 'node:url'
import { runSteps, type DemoStep } from './demo-steps.ts'

const steps: readonly DemoStep[] = [
  { says: 'Every gateway of a heating fleet gets its best variant, with a proof.', words: ['assign', 'building.yaml'], code: 0 },
  { says: 'Why this gateway runs what it runs, and why that one runs nothing.', words: ['explain', 'building.yaml', 'gw-0001'], code: 0 },
  { says: '', words: ['explain', 'building.yaml', 'gw-0006'], code: 0 },
  { says: 'Two applications, each right alone: together they fight over a window. The run that shows it was replayed.', words: ['check', 'comfort.yaml', 'energy.yaml'], code: 1 },
  { says: 'And these two do not: every question about opposite commands is proved.', words: ['check', 'energy.yaml', 'security.yaml', '--kind', 'K1', '--all'], code: 0 },
  { says: 'The join: variants whose applications fight are kept apart in every flat; what remains side by side is proved.', words: ['assign', 'flats.yaml'], code: 0 },
]

const started = performance.now()
const wrong = await runSteps(steps, fileURLToPath(new URL('.', import.meta.url)))
process.stdout.write(`\n${steps.length - wrong} of ${steps.length} steps as expected, ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
process.exitCode = wrong === 0 ? 0 : 1
