/** An environment model of physical processes as places: each process is one, each link a channel; a things section elsewhere says what acts on them. */
import type { PlacesFile } from '../../model/environment.ts'
import type { AcmEnvironment } from '../acm/read-environment.ts'

export const placesOfProcesses = ({ processes, links }: AcmEnvironment): PlacesFile => ({
  places: processes.map(({ id, name, at }) => ({ id, name, at })),
  channels: links.map(({ from, to, at }) => ({ between: [from, to], at })),
  properties: [],
  things: [],
  limits: [],
})
