// Playbooks by Debian's ansible-core over local connections: the contract, and a run in which some hosts fail.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createAnsibleDeployer, type AnsibleOptions } from '../../src/deploy/ansible/ansible-deployer.ts'
import { readDesired } from '../../src/deploy/document.ts'
import { batch, deployerContract, desire, type DeployWorld } from './contract.ts'

const hasAnsible = existsSync('/usr/bin/ansible-playbook')

/** What a fleet owner would write: a host drops a revision that it has seen. */
const playbook = `- hosts: all
  gather_facts: false
  tasks:
    - name: take the revision
      command: mkdir "{{ place }}/took-{{ fleetproof_revision.split(':')[1] }}"
      args:
        creates: "{{ place }}/took-{{ fleetproof_revision.split(':')[1] }}"
      register: took
    - when: took is changed
      block:
        - shell: echo "{{ fleetproof_revision.split(':')[1] }}" >> "{{ place }}/acted"
        - fail:
            msg: "{{ 'refused: not for me' if lookup('file', place + '/behaviour', errors='ignore') == 'rejects' else 'disk full' }}"
          when: lookup('file', place + '/behaviour', errors='ignore') in ['fails', 'rejects']
        - copy:
            dest: "{{ place }}/state"
            content: "{{ {'revision': fleetproof_revision, 'outcome': fleetproof_outcome, 'variant': fleetproof_variant | default(none), 'settings': fleetproof_settings} | to_json }}"
`

async function localWorld(): Promise<DeployWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-ansible-test-'))
  const devices = ['gw-1', 'hall_2.example', '10.0.0.3']
  for (const device of devices) {
    mkdirSync(join(folder, device))
    writeFileSync(join(folder, device, 'behaviour'), 'succeeds')
  }
  writeFileSync(join(folder, 'playbook.yml'), playbook)
  const away = new Set<string>()
  const options: AnsibleOptions = {
    playbook: join(folder, 'playbook.yml'),
    variables: (device) => ({
      place: join(folder, device),
      // Nothing listens there.
      ...(away.has(device) ? { ansible_connection: 'ssh', ansible_host: '127.0.0.1', ansible_port: 9 } : { ansible_connection: 'local' }),
      ansible_python_interpreter: '/usr/bin/python3',
    }),
    together: 100,
    forks: 3,
    milliseconds: 60_000,
    file: join(folder, 'actions'),
  }
  const deployer = await createAnsibleDeployer(options)
  const read = (device: string, name: string): string => {
    const path = join(folder, device, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  return {
    deployer,
    another: () => createAnsibleDeployer(options),
    devices,
    acted: (device) => read(device, 'acted').split('\n').filter(Boolean).map(Number),
    runs: (device) => readDesired(device, read(device, 'state'))?.is,
    behave: (device, behaviour) => {
      if (behaviour === 'away') away.add(device)
      else writeFileSync(join(folder, device, 'behaviour'), behaviour)
    },
    close: async () => {
      await deployer.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

deployerContract({
  name: 'ansible, local connections',
  classes: { fails: 'retryable', rejects: 'rejected' },
  knowsDevices: false,
  skip: hasAnsible ? false : 'skipped: needs ansible-core',
  start: localWorld,
})

describe.skipIf(!hasAnsible)('a playbook', () => {
  it('that is broken fails all its hosts, with what Ansible says; names that are patterns are refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-ansible-test-'))
    writeFileSync(join(folder, 'playbook.yml'), '- hosts: all\n  tasks: [ {nosuchmodule: } ]\n')
    const deployer = await createAnsibleDeployer({ playbook: join(folder, 'playbook.yml'), together: 10, forks: 1, milliseconds: 60_000 })
    const { sends, refusals } = await deployer.rehearse(batch([desire('a', 1), desire('all:!a', 1)]))
    expect(sends).toEqual([])
    expect(refusals).toMatchObject([
      { device: 'all:!a', class: 'rejected' },
      { device: 'a', class: 'retryable', why: expect.stringContaining('nosuchmodule') as string },
    ])
    await deployer.close()
    rmSync(folder, { recursive: true })
  })
})
