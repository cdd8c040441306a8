/** The text of `default.yaml` beside it, for who opens no files. Written by test/catalogue/environment.test.ts (`FLEETPROOF_REWRITE=1`). */
export const defaultPropertiesText = `# Safety properties for homes and buildings, to be asked for by name: \`--properties default\`, or a file with \`use: [...]\`.
#
# never: clauses that no command of an automation may bring to hold together; a violation is a run in which a command of an automation does.
# always / when: where all of \`when\` hold, all of \`always\` hold too, once everything is at rest; asked for by name only, as manual operation counts as well.
# A clause speaks of \`some\` thing of a class (each for itself), of \`all\` things of a class together, or of one \`attribute\`; it says what the thing \`is\`, \`is_not\`,
# \`does\` to a physical property (as the catalogue of effects knows), or what number it is \`above\` or \`below\`. \`where: same\`: in a place that it shares with the thing
# of the first clause. \`source\` tells where the idea comes from: Soteria (USENIX ATC 2018) and IotSan (CoNEXT 2018) list properties of smart homes.
fleetproof-properties: 1

properties:
  # Energy
  heating-at-open-window:
    says: no heating is switched on, and no window opened, so that one heats while the window of the place stands open
    hazard: energy
    source: Soteria, general idea of appliances that work against each other
    never:
      [
        { some: [heater, thermostat, radiator-valve], does: { temperature: up } },
        { some: [window, window-contact], is: [open, 'on'], where: same },
      ]
  cooling-at-open-window:
    says: no air conditioner cools while a window of the place stands open
    hazard: energy
    source: the project's own
    never:
      [
        { some: [air-conditioner, thermostat], does: { temperature: down } },
        { some: [window, window-contact], is: [open, 'on'], where: same },
      ]
  heating-and-cooling:
    says: no place is heated and cooled at once
    hazard: energy
    source: Soteria, the air conditioner and the heater are never on together
    never:
      [{ some: [heater, radiator-valve], does: { temperature: up } }, { some: [air-conditioner], does: { temperature: down }, where: same }]
  humidify-and-dehumidify:
    says: no place is made humid and dry at once
    hazard: energy
    source: the project's own
    never: [{ some: humidifier, does: { humidity: up } }, { some: dehumidifier, does: { humidity: down }, where: same }]
  heating-when-warm:
    says: nothing is set to heat where it is warm already
    hazard: energy
    source: IotSan, heater and temperature
    parameters: { warm: { default: 28, unit: °C, says: from here on heating is a mistake } }
    never: [{ some: [heater, radiator-valve, thermostat], does: { temperature: up } }, { some: thermometer, above: warm, where: same }]
  cooling-when-cold:
    says: nothing is set to cool where it is cold already
    hazard: energy
    source: IotSan, air conditioner and temperature
    parameters: { cold: { default: 16, unit: °C, says: below this cooling is a mistake } }
    never: [{ some: [air-conditioner, thermostat], does: { temperature: down } }, { some: thermometer, below: cold, where: same }]
  heating-in-empty-home:
    says: no electric heater is switched on while nobody is at home
    hazard: energy, fire
    source: Soteria, heater and presence
    never: [{ some: heater, does: { temperature: up } }, { all: presence, is: [not_home, away, 'off'] }]
  cooling-in-empty-home:
    says: no air conditioner is switched on while nobody is at home
    hazard: energy
    source: IotSan, air conditioner and presence
    never: [{ some: air-conditioner, does: { temperature: down } }, { all: presence, is: [not_home, away, 'off'] }]
  lights-in-empty-home:
    says: no lamp is switched on while the home stands empty for long
    hazard: energy
    source: the project's own; switch it off where lamps feign presence
    never: [{ some: light, is: 'on' }, { some: vacation-mode, is: 'on' }]
  charge-on-empty-store:
    says: no vehicle is charged while the store of the home is nearly empty
    hazard: energy
    source: the project's own
    parameters: { reserve: { default: 10, unit: '%', says: what the store keeps } }
    never: [{ some: charger, does: { power: up } }, { some: battery, below: reserve }]

  # Fire and gas
  gas-open-at-gas-alarm:
    says: no gas valve is opened while gas is detected
    hazard: explosion
    source: Soteria, gas valve and detector
    never: [{ some: gas-valve, does: { gas: up } }, { some: gas-detector, is: 'on' }]
  gas-open-at-fire:
    says: no gas valve is opened while smoke is detected
    hazard: explosion
    source: Soteria, gas valve and smoke
    never: [{ some: gas-valve, does: { gas: up } }, { some: smoke-detector, is: 'on' }]
  water-shut-at-fire:
    says: the water supply is not shut while smoke is detected
    hazard: fire
    source: IotSan, water valve and smoke
    never: [{ some: water-valve, is: [closed, 'off'] }, { some: smoke-detector, is: 'on' }]
  ventilation-at-fire:
    says: no ventilation is switched on while smoke is detected
    hazard: fire
    source: practice of buildings, air handling stops at fire
    never: [{ some: ventilation, is: 'on' }, { some: smoke-detector, is: 'on' }]
  fan-at-fire:
    says: no fan or air conditioner is switched on while smoke is detected
    hazard: fire
    source: practice of buildings, air handling stops at fire
    never: [{ some: [fan, air-conditioner], is: ['on', cool, heat] }, { some: smoke-detector, is: 'on' }]
  oven-in-empty-home:
    says: no oven or hob is switched on while nobody is at home
    hazard: fire
    source: Soteria, appliances and presence
    never: [{ some: [oven, iron], is: 'on' }, { all: presence, is: [not_home, away, 'off'] }]
  oven-at-fire:
    says: no oven, heater or charger is switched on while smoke is detected
    hazard: fire
    source: the project's own
    never: [{ some: [oven, iron, heater, charger, boiler], is: ['on', heat, charging] }, { some: smoke-detector, is: 'on' }]
  oven-while-asleep:
    says: no oven or iron is switched on while people sleep
    hazard: fire
    source: IotSan, appliances and modes
    never: [{ some: [oven, iron], is: 'on' }, { some: sleep-mode, is: 'on' }]
  locked-in-at-fire:
    says: no door is locked while smoke is detected
    hazard: fire
    source: Soteria, doors and smoke
    never: [{ some: lock, is: [locked, 'on'] }, { some: smoke-detector, is: 'on' }]
  fire-door-held-at-fire:
    says: no fire door is held open while smoke is detected
    hazard: fire
    source: practice of buildings, hold-open magnets release at fire
    never: [{ some: fire-door, is: [open, 'on'] }, { some: smoke-detector, is: 'on' }]
  damper-open-at-fire:
    says: no smoke damper is opened while smoke is detected
    hazard: fire
    source: practice of buildings, dampers close at fire
    never: [{ some: smoke-damper, is: [open, 'on'] }, { some: smoke-detector, is: 'on' }]
  escape-light-off-at-fire:
    says: the light of escape routes is not switched off while smoke is detected
    hazard: fire
    source: practice of buildings
    never: [{ some: emergency-light, is: 'off' }, { some: smoke-detector, is: 'on' }]
  siren-off-at-fire:
    says: no siren is silenced while smoke is detected
    hazard: fire
    source: Soteria, alarm and smoke
    never: [{ some: siren, is: 'off' }, { some: smoke-detector, is: 'on' }]
  combustion-at-co-alarm:
    says: no boiler or fireplace is switched on while carbon monoxide is detected
    hazard: poisoning
    source: IotSan, carbon monoxide
    never: [{ some: [boiler, heater], is: ['on', heat] }, { some: co-detector, is: 'on' }]
  windows-shut-at-co-alarm:
    says: no window is shut while carbon monoxide is detected
    hazard: poisoning
    source: the project's own
    never: [{ some: window, is: [closed, 'off'] }, { some: co-detector, is: 'on' }]
  ventilation-off-at-co-alarm:
    says: the ventilation is not switched off while carbon monoxide is detected
    hazard: poisoning
    source: the project's own
    never: [{ some: ventilation, is: 'off' }, { some: co-detector, is: 'on' }]
  hood-with-open-fire:
    says: no extractor draws air from a place with a fire or boiler while no window stands open there
    hazard: poisoning
    source: practice of heating engineers, extractor hoods and open fires
    never:
      [
        { some: ventilation, is: 'on' },
        { some: boiler, is: ['on', heat], where: same },
        { all: [window, window-contact], is: [closed, 'off'], where: same },
      ]
  ventilation-off-in-bad-air:
    says: the ventilation is not switched off where the air is bad
    hazard: health
    source: practice of buildings
    parameters: { bad: { default: 1400, unit: ppm, says: from here on the air is bad } }
    never: [{ some: ventilation, is: 'off' }, { some: co2-sensor, above: bad, where: same }]

  # Water
  water-open-at-leak:
    says: no water valve is opened while a leak is detected
    hazard: water
    source: Soteria, water valve and leak
    never: [{ some: water-valve, does: { water: up } }, { some: leak-detector, is: 'on' }]
  pump-off-at-leak:
    says: the pump of a sump is not switched off while water stands there
    hazard: water
    source: IotSan, sump pump
    never: [{ some: pump, is: 'off' }, { some: leak-detector, is: 'on', where: same }]
  pump-runs-dry:
    says: no pump runs from an empty tank
    hazard: machine
    source: practice of water supply
    never: [{ some: pump, is: 'on' }, { some: tank-sensor, is: 'on' }]
  pump-against-shut-valve:
    says: no pump runs while the water valve of its place is shut
    hazard: machine
    source: practice of water supply
    never: [{ some: pump, is: 'on' }, { some: water-valve, is: [closed, 'off'], where: same }]
  boiler-without-water:
    says: no boiler heats while the water supply is shut
    hazard: machine
    source: practice of heating engineers
    never: [{ some: boiler, is: ['on', heat, electric] }, { some: water-valve, is: [closed, 'off'] }]
  watering-in-rain:
    says: no sprinkler runs while it rains
    hazard: water
    source: Soteria, sprinkler and rain
    never: [{ some: sprinkler, does: { water: up } }, { some: rain-sensor, is: 'on' }]
  watering-wet-soil:
    says: no sprinkler is opened where the soil is wet
    hazard: water
    source: Soteria, sprinkler and moisture
    parameters: { wet: { default: 80, unit: '%', says: from here on the soil is wet } }
    never: [{ some: sprinkler, does: { water: up } }, { some: soil-sensor, above: wet }]
  watering-in-frost:
    says: no sprinkler runs in frost
    hazard: water
    source: the project's own
    parameters: { frost: { default: 2, unit: °C, says: below this water may freeze } }
    never: [{ some: sprinkler, does: { water: up } }, { some: thermometer, below: frost, where: same }]
  windows-open-in-rain:
    says: no window is opened while it rains
    hazard: water
    source: IotSan, windows and rain
    never: [{ some: window, is: [open, 'on'] }, { some: rain-sensor, is: 'on' }]

  # Entry
  unlocked-in-empty-home:
    says: no door is unlocked while nobody is at home
    hazard: burglary
    source: Soteria, the door is locked when the user is not home
    never: [{ some: lock, is: [unlocked, 'off', open] }, { all: presence, is: [not_home, away, 'off'] }]
  unlocked-while-asleep:
    says: no door is unlocked while people sleep
    hazard: burglary
    source: Soteria, the door is locked in sleep mode
    never: [{ some: lock, is: [unlocked, 'off', open] }, { some: sleep-mode, is: 'on' }]
  garage-open-in-empty-home:
    says: no garage door is opened while nobody is at home
    hazard: burglary
    source: IotSan, garage door and presence
    never: [{ some: [garage-door, door], is: [open, 'on'] }, { all: presence, is: [not_home, away, 'off'] }]
  garage-open-while-asleep:
    says: no garage door is opened while people sleep
    hazard: burglary
    source: IotSan, garage door and modes
    never: [{ some: [garage-door, door], is: [open, 'on'] }, { some: sleep-mode, is: 'on' }]
  windows-open-in-empty-home:
    says: no window is opened while nobody is at home
    hazard: burglary
    source: Soteria, windows and presence
    never: [{ some: window, is: [open, 'on'] }, { all: presence, is: [not_home, away, 'off'] }]
  alarm-off-in-empty-home:
    says: the burglar alarm is not disarmed while nobody is at home
    hazard: burglary
    source: IotSan, alarm and presence
    never: [{ some: alarm-panel, is: disarmed }, { all: presence, is: [not_home, away, 'off'] }]
  camera-off-in-empty-home:
    says: no camera is switched off while nobody is at home
    hazard: burglary
    source: Soteria, camera and presence
    never: [{ some: camera, is: 'off' }, { all: presence, is: [not_home, away, 'off'] }]
  camera-on-with-guests:
    says: no camera is switched on while guests stay
    hazard: privacy
    source: the project's own
    never: [{ some: camera, is: 'on' }, { some: guest-mode, is: 'on' }]
  armed-with-motion:
    says: the alarm is not armed for an empty home while somebody moves inside
    hazard: false alarm
    source: the project's own
    never: [{ some: alarm-panel, is: armed_away }, { some: motion-sensor, is: 'on' }]

  # People and machines
  noise-while-asleep:
    says: no loudspeaker plays while people sleep
    hazard: comfort
    source: Soteria, music and sleep mode
    never: [{ some: speaker, does: { noise: up } }, { some: sleep-mode, is: 'on' }]
  light-while-asleep:
    says: no lamp is switched on in a place where people sleep
    hazard: comfort
    source: IotSan, lights and modes
    never: [{ some: light, does: { illuminance: up } }, { some: sleep-mode, is: 'on', where: same }]
  cleaning-while-asleep:
    says: no robot cleans while people sleep
    hazard: comfort
    source: the project's own
    never: [{ some: vacuum, is: ['on', cleaning] }, { some: sleep-mode, is: 'on' }]
  refrigerator-off:
    says: no refrigerator or freezer is switched off
    hazard: food
    source: Soteria, the refrigerator is always on
    never: [{ some: refrigerator, is: 'off' }]
  medical-device-off:
    says: nothing that somebody depends on is switched off
    hazard: health
    source: IotSan, medical devices
    never: [{ some: medical-device, is: 'off' }]
  network-off:
    says: what the automations are reached by is not switched off
    hazard: control
    source: the project's own
    never: [{ some: network-device, is: 'off' }]
  aquarium-off:
    says: pump, filter and heating of an aquarium are not switched off
    hazard: animals
    source: the project's own
    never: [{ some: aquarium, is: 'off' }]
  mower-with-people:
    says: no robot mows where somebody moves
    hazard: injury
    source: practice of robot mowers
    never: [{ some: mower, is: ['on', mowing] }, { some: motion-sensor, is: 'on', where: same }]
  mowing-while-watering:
    says: no robot mows while the lawn is watered
    hazard: machine
    source: the project's own
    never: [{ some: mower, is: ['on', mowing] }, { some: sprinkler, does: { water: up }, where: same }]
  pool-cover-on-swimmers:
    says: no pool cover is closed while somebody moves at the pool
    hazard: injury
    source: the project's own
    never: [{ some: pool-cover, is: [closed, 'on'] }, { some: motion-sensor, is: 'on', where: same }]
  gate-on-people:
    says: no garage door or gate is closed while somebody moves in it
    hazard: injury
    source: practice of powered gates
    never: [{ some: garage-door, is: [closed, 'off'] }, { some: motion-sensor, is: 'on', where: same }]
  blind-out-in-wind:
    says: no awning or blind is put out in strong wind
    hazard: machine
    source: practice of makers of awnings
    parameters: { strong: { default: 38, unit: km/h, says: from here on it is taken in } }
    never: [{ some: blind, is: [closed, 'on'] }, { some: wind-sensor, above: strong }]
  lift-at-fire:
    says: no lift is set going while smoke is detected
    hazard: fire
    source: practice of buildings, lifts stop at fire
    never: [{ some: lift, is: ['on', up, down, moving] }, { some: smoke-detector, is: 'on' }]

  # Always, on request
  locked-in-empty-home:
    says: while nobody is at home every door is locked
    hazard: burglary
    source: Soteria, the door is locked when the user is not home
    when: [{ all: presence, is: [not_home, away, 'off'] }]
    always: [{ some: lock, is: [locked, 'on'] }]
  garage-shut-while-asleep:
    says: while people sleep every garage door is shut
    hazard: burglary
    source: IotSan, garage door and modes
    when: [{ some: sleep-mode, is: 'on' }]
    always: [{ some: garage-door, is: [closed, 'off'] }]
  water-shut-at-leak:
    says: while a leak is detected the water supply is shut
    hazard: water
    source: Soteria, water valve and leak
    when: [{ some: leak-detector, is: 'on' }]
    always: [{ some: water-valve, is: [closed, closing, 'off'] }]
  gas-shut-at-gas-alarm:
    says: while gas is detected the gas valve is shut
    hazard: explosion
    source: Soteria, gas valve and detector
    when: [{ some: gas-detector, is: 'on' }]
    always: [{ some: gas-valve, is: [closed, closing, 'off'] }]
  siren-at-fire:
    says: while smoke is detected the siren sounds
    hazard: fire
    source: Soteria, alarm and smoke
    when: [{ some: smoke-detector, is: 'on' }]
    always: [{ some: siren, is: 'on' }]
  unlocked-at-fire:
    says: while smoke is detected every door is unlocked
    hazard: fire
    source: Soteria, doors and smoke
    when: [{ some: smoke-detector, is: 'on' }]
    always: [{ some: lock, is: [unlocked, open, 'off'] }]
`
