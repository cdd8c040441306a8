// Colours for a terminal, or none: reports never decide for themselves.
import colours from 'picocolors'

export type Paint = Pick<ReturnType<typeof colours.createColors>, 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'>

export function paint(colour: boolean): Paint {
  return colours.createColors(colour)
}
