/** The text of `default.yaml` beside it, for who opens no files. Written by test/catalogue/environment.test.ts (`FLEETPROOF_REWRITE=1`). */
export const defaultEffectsText = `# What classes of things do to the physical properties of the place where they stand.
#
# Rates are magnitudes per hour. They are estimates by first principles for a furnished room of 30 to 60 m3, wide on purpose: a proof that uses one names it as an
# assumption, and a places file may narrow it. Constants used: air 1.2 kg/m3 and 1.005 kJ/(kg K), so 36 to 72 kJ/K of air; furniture and walls take part with 3 to 10
# times that; water vapour at 20 °C saturates at 17.3 g/m3; light as lumens over the room's floor of 12 to 25 m2.
# \`words\`, \`domains\` and \`deviceClasses\` only suggest what a thing may be. \`returns\` marks an effect that only takes back what the thing itself lets in: it opposes
# nothing. \`senses\` marks classes of what is read, not commanded; \`observes\` names the property that their numbers show.
# \`outside\` of a property is what the world outside the model does to it by itself, per hour, and between what it can lie; \`resolution\`, how far beyond a threshold it may get before
# a sensor tells: both only where a places file says nothing. Properties without them are levels, not amounts that grow: they are modelled in time only where a file says how.
# Classes without effects are what safety properties speak of: sensors, modes, and things that must not be switched off.
fleetproof-effects: 1

properties:
  temperature:
    says: air temperature
    unit: °C
    outside:
      { low: -6, high: 6, least: -40, most: 80, source: 'estimate: 500 W lost or won through walls, sun and people in a room of 300 kJ/K' }
    resolution: { within: 0.5, source: 'usual reporting step of room sensors, 0.1 to 0.5 °C' }
  humidity:
    says: relative humidity of the air
    unit: '%'
    outside:
      {
        low: -20,
        high: 20,
        least: 0,
        most: 100,
        source: 'estimate: people, plants, cooking and leaks of the room change 1 to 3 g/m3 in an hour',
      }
    resolution: { within: 2, source: 'usual reporting step of room sensors, 1 to 2 %' }
  illuminance: { says: light that falls on the room, unit: lx }
  noise: { says: sound pressure level, unit: dB(A) }
  co2:
    says: carbon dioxide in the air
    unit: ppm
    outside:
      {
        low: -1000,
        high: 3000,
        least: 350,
        most: 10000,
        source: 'estimate: 0 to 4 people breathe out 20 l/h each into 30 m3, and leaks change the air once an hour',
      }
    resolution: { within: 50, source: 'usual reporting step of infrared sensors, 20 to 50 ppm' }
  co:
    says: carbon monoxide in the air
    unit: ppm
    outside: { low: -500, high: 2000, least: 0, most: 10000, source: 'estimate: a fire or boiler that burns badly in a closed room' }
    resolution: { within: 10, source: 'EN 50291 alarms from 30 ppm on' }
  smoke:
    says: smoke or fine dust in the air
    unit: µg/m3
    outside: { low: -3000, high: 1000000, least: 0, most: 1000000, source: 'estimate: from settling dust to a fire in the room' }
    resolution: { within: 25, source: 'usual reporting step of dust sensors' }
  water:
    says: water on the ground or in the soil
    unit: mm
    outside: { low: -5, high: 60, least: 0, most: 1000, source: 'estimate: from a dry summer day to heavy rain' }
    resolution: { within: 1, source: 'usual reporting step of soil sensors' }
  gas: { says: fuel gas that is let in, unit: '% of full flow' }
  power: { says: electric power drawn, unit: W }
  access: { says: how freely one can walk in, unit: '% open' }

classes:
  heater:
    says: an electric or fan heater, a stove or a floor heating
    domains: []
    deviceClasses: []
    words: [heater, heating, radiant, underfloor, floor_heating, fireplace, stove]
    hazard: true
    effects:
      - {
          property: temperature,
          while: { values: ['on', heat, heating, auto], above: 0 },
          direction: up,
          rate: { low: 0.5, high: 40 },
          source: 'estimate: 0.5 to 2.5 kW into 108 to 720 kJ/K, losses taken off the low end',
        }
      - {
          property: power,
          while: { values: ['on', heat, heating], above: 0 },
          direction: up,
          rate: { low: 400, high: 3000 },
          source: 'estimate: rated power of portable and fixed room heaters',
        }
  air-conditioner:
    says: a split or portable air conditioner
    domains: []
    deviceClasses: []
    words: [aircon, air_conditioner, airco, ac_unit, a_c, split_unit, daikin]
    hazard: false
    effects:
      - {
          property: temperature,
          while: { values: [cool, cooling, 'on'] },
          direction: down,
          rate: { low: 0.5, high: 50 },
          source: 'estimate: 1 to 3.5 kW of cooling out of 108 to 720 kJ/K',
        }
      - {
          property: temperature,
          while: { values: [heat, heating] },
          direction: up,
          rate: { low: 0.5, high: 50 },
          source: 'estimate: 1 to 4 kW of heating into 108 to 720 kJ/K',
        }
      - {
          property: humidity,
          while: { values: [cool, cooling, dry, drying] },
          direction: down,
          rate: { low: 1, high: 60 },
          source: 'estimate: 0.2 to 2 l/h of condensate out of 30 to 60 m3',
        }
      - {
          property: power,
          while: { values: [cool, cooling, heat, heating, dry, 'on'] },
          direction: up,
          rate: { low: 300, high: 2000 },
          source: 'estimate: electric power at a coefficient of performance of 2 to 4',
        }
  thermostat:
    says: a thermostat or climate device that heats, cools or both by its mode
    domains: [climate, water_heater]
    deviceClasses: []
    words: [thermostat, climate, hvac]
    hazard: true
    effects:
      - {
          property: temperature,
          while: { values: [heat, heating] },
          direction: up,
          rate: { low: 0.2, high: 40 },
          source: 'estimate: as heater, slow systems included',
        }
      - {
          property: temperature,
          while: { values: [cool, cooling] },
          direction: down,
          rate: { low: 0.2, high: 50 },
          source: 'estimate: as air conditioner, slow systems included',
        }
  radiator-valve:
    says: a valve that lets hot water into a radiator
    domains: []
    deviceClasses: []
    words: [trv, radiator, rad_valve, radiator_valve]
    hazard: false
    effects:
      - {
          property: temperature,
          while: { values: ['on', open, heat, heating], above: 0 },
          direction: up,
          rate: { low: 0.2, high: 20 },
          source: 'estimate: 0.3 to 2 kW into 108 to 720 kJ/K, losses taken off the low end',
        }
  window:
    says: a window or roof light that is driven by a motor
    domains: []
    deviceClasses: [window]
    words: [window, skylight, velux, roof_window]
    hazard: false
    effects:
      - {
          property: temperature,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: exchange,
          rate: { low: 0, high: 60 },
          source: 'estimate: 2 to 30 air changes an hour at up to 25 K difference, furniture slows the low end to nothing',
        }
      - {
          property: humidity,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: exchange,
          rate: { low: 0, high: 200 },
          source: 'estimate: 2 to 30 air changes an hour',
        }
      - {
          property: co2,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: down,
          rate: { low: 200, high: 20000 },
          source: 'estimate: 2 to 30 air changes an hour at 100 to 2,000 ppm above outdoor air',
        }
      - {
          property: smoke,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: exchange,
          rate: { low: 0, high: 3000 },
          source: 'estimate: 2 to 30 air changes an hour',
        }
      - {
          property: noise,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: up,
          rate: { low: 0, high: 25 },
          source: 'estimate: sound insulation of a closed window, reached at once',
        }
      - {
          property: access,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: up,
          rate: { low: 10, high: 100 },
          source: 'by definition: what is open can be entered',
        }
  door:
    says: a door that is driven by a motor
    domains: []
    deviceClasses: [door]
    words: [door, door_opener]
    hazard: true
    effects:
      - {
          property: access,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: up,
          rate: { low: 50, high: 100 },
          source: 'by definition: what is open can be entered',
        }
      - {
          property: temperature,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: exchange,
          rate: { low: 0, high: 60 },
          source: 'estimate: 2 to 30 air changes an hour at up to 25 K difference',
        }
  garage-door:
    says: a garage door or gate
    domains: []
    deviceClasses: [garage, gate]
    words: [garage_door, garagedoor, gate]
    hazard: true
    effects:
      - {
          property: access,
          while: { values: [open, opening, 'on'], above: 0 },
          direction: up,
          rate: { low: 50, high: 100 },
          source: 'by definition: what is open can be entered',
        }
  lock:
    says: a lock of a door
    domains: [lock]
    deviceClasses: []
    words: [lock, deadbolt]
    hazard: true
    effects:
      - {
          property: access,
          while: { values: [unlocked, unlocking, open] },
          direction: up,
          rate: { low: 50, high: 100 },
          source: 'by definition: what is unlocked can be entered',
        }
      - {
          property: access,
          while: { values: [locked, locking] },
          direction: down,
          rate: { low: 50, high: 100 },
          returns: true,
          source: 'by definition: what is locked cannot be entered',
        }
  blind:
    says: a blind, shutter, curtain or awning
    domains: [cover]
    deviceClasses: [blind, curtain, shade, shutter, awning]
    words: [blind, shutter, curtain, shade, rollo, awning]
    hazard: false
    effects:
      - {
          property: illuminance,
          while: { values: [open, opening], above: 0 },
          direction: up,
          rate: { low: 0, high: 20000 },
          source: 'estimate: no light at night to direct sun behind glass, reached at once',
        }
      - {
          property: illuminance,
          while: { values: [closed, closing] },
          direction: down,
          rate: { low: 0, high: 20000 },
          returns: true,
          source: 'estimate: keeps out what an open one lets in',
        }
      - {
          property: temperature,
          while: { values: [open, opening], above: 0 },
          direction: up,
          rate: { low: 0, high: 15 },
          source: 'estimate: 0 to 0.6 kW/m2 of sun through 1 to 3 m2 of glass into 108 to 720 kJ/K',
        }
  light:
    says: a lamp
    domains: [light]
    deviceClasses: []
    words: [light, lamp, bulb, led, lights]
    hazard: false
    effects:
      - {
          property: illuminance,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 10, high: 1000 },
          source: 'estimate: 200 to 12,000 lm over 12 to 25 m2, reached at once',
        }
      - {
          property: power,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 1, high: 150 },
          source: 'estimate: LED strip to halogen lamp',
        }
  fan:
    says: a fan that moves the air of the room
    domains: [fan]
    deviceClasses: []
    words: [fan, ceiling_fan]
    hazard: false
    effects:
      - {
          property: noise,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 5, high: 40 },
          source: 'estimate: quiet to loud household fan over a quiet room, reached at once',
        }
      - {
          property: power,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 5, high: 100 },
          source: 'estimate: rated power of household fans',
        }
  humidifier:
    says: a humidifier
    domains: [humidifier]
    deviceClasses: [humidifier]
    words: [humidifier]
    hazard: false
    effects:
      - {
          property: humidity,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 2, high: 60 },
          source: 'estimate: 0.1 to 0.5 kg/h of water into 30 to 60 m3, air exchange taken off the low end',
        }
  dehumidifier:
    says: a dehumidifier
    domains: []
    deviceClasses: [dehumidifier]
    words: [dehumidifier, dehumid]
    hazard: false
    effects:
      - {
          property: humidity,
          while: { values: ['on'], above: 0 },
          direction: down,
          rate: { low: 2, high: 60 },
          source: 'estimate: 0.1 to 0.5 kg/h of condensate out of 30 to 60 m3',
        }
      - {
          property: temperature,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 0.2, high: 8 },
          source: 'estimate: 0.15 to 0.4 kW and the heat of condensation into 108 to 720 kJ/K',
        }
  ventilation:
    says: an extractor or a ventilation system
    domains: []
    deviceClasses: []
    words: [ventilation, vent, extractor, exhaust, bathroom_fan, hrv, mvhr, recuperator, hood]
    hazard: false
    effects:
      - {
          property: co2,
          while: { values: ['on', open], above: 0 },
          direction: down,
          rate: { low: 50, high: 5000 },
          source: 'estimate: 0.5 to 5 air changes an hour at 100 to 1,000 ppm above outdoor air',
        }
      - {
          property: humidity,
          while: { values: ['on', open], above: 0 },
          direction: exchange,
          rate: { low: 0, high: 80 },
          source: 'estimate: 0.5 to 5 air changes an hour',
        }
      - {
          property: temperature,
          while: { values: ['on', open], above: 0 },
          direction: exchange,
          rate: { low: 0, high: 20 },
          source: 'estimate: 0.5 to 5 air changes an hour at up to 25 K difference',
        }
      - {
          property: smoke,
          while: { values: ['on', open], above: 0 },
          direction: down,
          rate: { low: 10, high: 3000 },
          source: 'estimate: 0.5 to 5 air changes an hour',
        }
  air-purifier:
    says: an air purifier with a filter
    domains: []
    deviceClasses: []
    words: [purifier, air_purifier, air_cleaner]
    hazard: false
    effects:
      - {
          property: smoke,
          while: { values: ['on', auto], above: 0 },
          direction: down,
          rate: { low: 10, high: 3000 },
          source: 'estimate: 100 to 500 m3/h of clean air in 30 to 60 m3',
        }
  sprinkler:
    says: a lawn sprinkler or irrigation circuit
    domains: []
    deviceClasses: []
    words: [sprinkler, irrigation, watering, garden_water, drip]
    hazard: false
    effects:
      - {
          property: water,
          while: { values: ['on', open], above: 0 },
          direction: up,
          rate: { low: 2, high: 60 },
          source: 'estimate: precipitation rate of drip lines to fixed spray heads',
        }
  water-valve:
    says: a valve of the water supply
    domains: []
    deviceClasses: [water]
    words: [water_valve, main_water, water_shutoff, waterhoofdkraan]
    hazard: true
    effects:
      - {
          property: water,
          while: { values: ['on', open, opening], above: 0 },
          direction: up,
          rate: { low: 0, high: 200 },
          source: 'estimate: nothing runs, to a broken pipe of 30 l/min over 10 m2',
        }
  gas-valve:
    says: a valve of the gas supply
    domains: []
    deviceClasses: [gas]
    words: [gas_valve, gas_shutoff]
    hazard: true
    effects:
      - {
          property: gas,
          while: { values: ['on', open, opening], above: 0 },
          direction: up,
          rate: { low: 100, high: 100 },
          source: 'by definition: an open valve lets gas in at once',
        }
  siren:
    says: an alarm siren
    domains: [siren]
    deviceClasses: []
    words: [siren, alarm_siren, sirene]
    hazard: true
    effects:
      - {
          property: noise,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 50, high: 90 },
          source: 'estimate: 85 to 120 dB(A) over a quiet room of 30, reached at once',
        }
  speaker:
    says: a loudspeaker, radio or television
    domains: [media_player]
    deviceClasses: [speaker, tv, receiver]
    words: [speaker, radio, sonos, tv, television]
    hazard: false
    effects:
      - {
          property: noise,
          while: { values: ['on', playing], above: 0 },
          direction: up,
          rate: { low: 5, high: 60 },
          source: 'estimate: quiet music to full volume over a quiet room, reached at once',
        }
  charger:
    says: a charger of a vehicle or a battery
    domains: []
    deviceClasses: []
    words: [charger, wallbox, ev_charger, charging]
    hazard: false
    effects:
      - {
          property: power,
          while: { values: ['on', charging], above: 0 },
          direction: up,
          rate: { low: 5, high: 22000 },
          source: 'estimate: telephone charger to three-phase wall box',
        }
  pump:
    says: a pump of water or heating
    domains: []
    deviceClasses: []
    words: [pump, circulation, pool_pump, sump]
    hazard: false
    effects:
      - {
          property: power,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 5, high: 2000 },
          source: 'estimate: circulation pump to pool pump',
        }
      - {
          property: water,
          while: { values: ['on'], above: 0 },
          direction: exchange,
          rate: { low: 0, high: 500 },
          source: 'estimate: fills or drains by how it is piped, 0 to 80 l/min over 10 m2',
        }
  boiler:
    says: a boiler or an immersion heater for hot water
    domains: []
    deviceClasses: []
    words: [boiler, immersion, hot_water, water_heater]
    hazard: true
    effects:
      - {
          property: power,
          while: { values: ['on', heat, electric, eco, performance], above: 0 },
          direction: up,
          rate: { low: 0, high: 6000 },
          source: 'estimate: gas boiler to electric instantaneous heater',
        }
  oven:
    says: an oven, hob, kettle or toaster
    domains: []
    deviceClasses: []
    words: [oven, hob, kettle, toaster, cooker, iron]
    hazard: true
    effects:
      - {
          property: temperature,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 0.1, high: 30 },
          source: 'estimate: 0.5 to 3 kW for part of the time into 108 to 720 kJ/K',
        }
      - {
          property: power,
          while: { values: ['on'], above: 0 },
          direction: up,
          rate: { low: 500, high: 7000 },
          source: 'estimate: rated power of kitchen appliances',
        }
  presence:
    says: a person, a tracker or a mode that tells whether somebody is at home
    senses: true
    domains: [person, device_tracker]
    deviceClasses: [presence]
    words: [presence, anyone_home, somebody_home, occupants, people_home]
    hazard: false
    effects: []
  motion-sensor:
    says: a sensor of motion or occupancy
    senses: true
    domains: []
    deviceClasses: [motion, occupancy]
    words: [motion, occupancy, pir, movement]
    hazard: false
    effects: []
  smoke-detector:
    says: a detector of smoke or fire
    senses: true
    domains: []
    deviceClasses: [smoke]
    words: [smoke, smoke_detector, fire_alarm, rauchmelder]
    hazard: true
    effects: []
  co-detector:
    says: a detector of carbon monoxide
    senses: true
    domains: []
    deviceClasses: [carbon_monoxide]
    words: [carbon_monoxide, co_detector, co_alarm]
    hazard: true
    effects: []
  gas-detector:
    says: a detector of fuel gas
    senses: true
    domains: []
    deviceClasses: [gas]
    words: [gas_detector, gas_leak, gas_alarm]
    hazard: true
    effects: []
  leak-detector:
    says: a detector of water on the floor
    senses: true
    domains: []
    deviceClasses: [moisture]
    words: [leak, flood, water_leak, moisture_sensor]
    hazard: true
    effects: []
  window-contact:
    says: a contact of a window
    senses: true
    domains: []
    deviceClasses: [window]
    words: [window_contact, window_sensor, window_open]
    hazard: false
    effects: []
  door-contact:
    says: a contact of a door
    senses: true
    domains: []
    deviceClasses: [door, garage_door, opening]
    words: [door_contact, door_sensor, door_open]
    hazard: false
    effects: []
  rain-sensor:
    says: a sensor of rain
    senses: true
    domains: []
    deviceClasses: []
    words: [rain, raining, rain_sensor]
    hazard: false
    effects: []
  wind-sensor:
    says: a sensor of the speed of wind
    senses: true
    domains: []
    deviceClasses: [wind_speed]
    words: [wind, wind_speed, gust]
    hazard: false
    effects: []
  thermometer:
    says: a sensor of temperature
    senses: true
    observes: temperature
    domains: []
    deviceClasses: [temperature]
    words: [temperature, temp, thermometer]
    hazard: false
    effects: []
  hygrometer:
    says: a sensor of relative humidity
    senses: true
    observes: humidity
    domains: []
    deviceClasses: [humidity]
    words: [humidity, hygrometer]
    hazard: false
    effects: []
  co2-sensor:
    says: a sensor of carbon dioxide
    senses: true
    observes: co2
    domains: []
    deviceClasses: [carbon_dioxide]
    words: [co2, carbon_dioxide]
    hazard: false
    effects: []
  soil-sensor:
    says: a sensor of moisture in the soil
    senses: true
    domains: []
    deviceClasses: []
    words: [soil_moisture, soil, ground_moisture]
    hazard: false
    effects: []
  tank-sensor:
    says: a sensor that tells that a tank or well is empty
    senses: true
    domains: []
    deviceClasses: []
    words: [tank_empty, well_empty, low_water]
    hazard: false
    effects: []
  battery:
    says: a sensor of the charge of a battery
    senses: true
    domains: []
    deviceClasses: [battery]
    words: [battery_level, battery_soc, state_of_charge]
    hazard: false
    effects: []
  sleep-mode:
    says: a mode or helper that tells that people sleep
    senses: true
    domains: []
    deviceClasses: []
    words: [sleep_mode, night_mode, bedtime, sleeping, goodnight]
    hazard: false
    effects: []
  vacation-mode:
    says: a mode or helper that tells that the home stands empty for long
    senses: true
    domains: []
    deviceClasses: []
    words: [vacation, holiday_mode, vacation_mode]
    hazard: false
    effects: []
  guest-mode:
    says: a mode or helper that tells that guests stay
    senses: true
    domains: []
    deviceClasses: []
    words: [guest_mode, guests]
    hazard: false
    effects: []
  alarm-panel:
    says: a burglar alarm
    domains: [alarm_control_panel]
    deviceClasses: []
    words: [alarm_panel]
    hazard: true
    effects: []
  camera:
    says: a camera, or what switches one
    domains: [camera]
    deviceClasses: []
    words: [camera, cam]
    hazard: false
    effects: []
  refrigerator:
    says: a refrigerator or freezer
    domains: []
    deviceClasses: []
    words: [fridge, freezer, refrigerator]
    hazard: true
    effects: []
  medical-device:
    says: a device that somebody depends on
    domains: []
    deviceClasses: []
    words: [cpap, oxygen, medical, stairlift]
    hazard: true
    effects: []
  network-device:
    says: what the automations themselves are reached by
    domains: []
    deviceClasses: []
    words: [router, modem, access_point, network_switch, nas]
    hazard: true
    effects: []
  aquarium:
    says: the pump, filter or heating of an aquarium or terrarium
    domains: []
    deviceClasses: []
    words: [aquarium, fish_tank, terrarium]
    hazard: true
    effects: []
  iron:
    says: an iron, hair straightener or other hot appliance left behind
    domains: []
    deviceClasses: []
    words: [straightener, curling_iron, soldering]
    hazard: true
    effects: []
  vacuum:
    says: a robot that cleans floors
    domains: [vacuum]
    deviceClasses: []
    words: [vacuum, roomba, roborock]
    hazard: false
    effects: []
  mower:
    says: a robot that mows
    domains: [lawn_mower]
    deviceClasses: []
    words: [mower, lawn_mower]
    hazard: true
    effects: []
  fire-door:
    says: a door that keeps fire in, held open by a magnet
    domains: []
    deviceClasses: []
    words: [fire_door, smoke_door]
    hazard: true
    effects: []
  smoke-damper:
    says: a damper that keeps smoke out of ducts
    domains: []
    deviceClasses: []
    words: [smoke_damper, fire_damper]
    hazard: true
    effects: []
  emergency-light:
    says: lighting of escape routes
    domains: []
    deviceClasses: []
    words: [emergency_light, exit_sign, escape_light]
    hazard: true
    effects: []
  lift:
    says: a lift
    domains: []
    deviceClasses: []
    words: [elevator, lift]
    hazard: true
    effects: []
  pool-cover:
    says: the cover of a pool
    domains: []
    deviceClasses: []
    words: [pool_cover]
    hazard: true
    effects: []
`
