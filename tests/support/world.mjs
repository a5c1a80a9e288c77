// The real programs in a temporary folder: the simulated Azure and a defenderd that manages it, each
// on a free port. What runs is ended by stop(), or with the script.
import { spawn } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const DEADLINE_MS = 120_000;

export const guid = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

// Retries until `holds` returns something true, and returns it.
export async function until(what, holds, deadline = DEADLINE_MS) {
  const end = performance.now() + deadline;
  for (;;) {
    const answer = await holds();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`waited ${deadline / 1000} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class World {
  // `fleet` is a list of {declared, azure}: an entry of the desired state (undefined: none) and what
  // Azure has (both without id and name), with {id, name}. `settings` are laid over the usual ones,
  // by section.
  static async start({ fleet, settings = {}, defaults = {}, scopes = [] }) {
    const world = new World();
    world.scopes = scopes;
    world.folder = await mkdtemp(path.join(tmpdir(), 'defenderd-world.'));
    world.exit = () => world.kill();
    process.on('exit', world.exit);
    try {
      await world.begin(fleet, settings, defaults);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  processes = [];
  log = '';

  async begin(fleet, settings, defaults) {
    this.fleet = structuredClone(fleet);
    this.defaults = { plan: 'on', promptEvidence: 'on', mode: 'enforce', ...defaults };
    const secret = 'world~not.a.secret';
    await writeFile(this.file('secret'), secret);
    const subscriptions = this.fleet.map((one) => ({ id: one.id, name: one.name, ...one.azure }));
    await writeFile(this.file('azure.yaml'), JSON.stringify({ subscriptions }));
    const client = guid(1);
    this.azure = await this.launch(process.env.WORLD_ARMSIM, [
      '--http', '--listen', '127.0.0.1:0', '--state', this.file('azure.yaml'), '--tenant', guid(2),
      '--client-id', client, '--client-secret-file', this.file('secret'),
      '--behaviour', 'write_cool_down=0s', '--behaviour', 'activity_lag=0s',
    ], 'stdout', /^(http:\S+)/);
    const usual = {
      poll: { interval: '30s', workers: 16 },
      azure: {
        tenantId: guid(2),
        budget: { readsPerSecond: 1000, writesPerSecond: 1000 },
        auth: { method: 'clientSecret', clientId: client, clientSecretFile: this.file('secret') },
        endpoints: { resourceManager: this.azure, authority: this.azure },
      },
      server: { listen: '127.0.0.1:0', lifecycle: true },
      journal: { file: this.file('journal.jsonl') },
      log: { level: 'info', format: 'text' },
    };
    for (const [section, keys] of Object.entries(settings)) {
      usual[section] = { ...usual[section], ...keys };
    }
    this.settings = usual;
    await this.writeSettings();
    await this.declare();
    await this.startDaemon();
  }

  async startDaemon() {
    const listening = await this.launch(process.env.WORLD_DEFENDERD, [
      'run', '--config', this.file('defenderd.yaml'), '--desired', this.file('subscriptions.yaml'),
    ], 'stderr', /listening on (\S+)/);
    this.url = `http://${listening}`;
  }

  // Restarts defenderd on another port.
  async restart() {
    this.defenderd.kill('SIGTERM');
    await this.defenderd.gone;
    await this.startDaemon();
    await this.swept();
  }

  file(name) { return path.join(this.folder, name); }

  // Replaces it like an editor, so that nobody reads an incomplete file.
  async write(name, text) {
    await writeFile(this.file(`${name}.new`), text);
    await rename(this.file(`${name}.new`), this.file(name));
  }

  writeSettings() {
    const settings = { apiVersion: 'defenderd/v1', kind: 'Settings', ...this.settings };
    return this.write('defenderd.yaml', JSON.stringify(settings, null, 1));
  }

  // Writes the desired state of the fleet as it is now. JSON is YAML.
  declare() {
    const subscriptions = this.fleet.filter((one) => one.declared)
        .map((one) => ({ id: one.id, name: one.name, ...one.declared }));
    const desired = { apiVersion: 'defenderd/v1', kind: 'DesiredState', defaults: this.defaults, subscriptions };
    if (this.scopes.length > 0) desired.scopes = this.scopes;
    return this.write('subscriptions.yaml', JSON.stringify(desired, null, 1));
  }

  // Starts a program; what the pattern finds in its output is the answer. In an environment of its
  // own, so that no credential or proxy of the user's reaches it.
  async launch(program, parameters, stream, pattern) {
    if (!program) throw new Error('WORLD_ARMSIM and WORLD_DEFENDERD name the programs');
    const child = spawn(program, parameters, { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.gone = new Promise((resolve) => child.once('close', resolve));
    this.processes.push(child);
    let output = '';
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        this.log += text;
        if (name === stream && output.length < 1e6) output += text;
      });
    }
    child.once('error', (error) => { this.log += String(error); });
    const found = await until(`${path.basename(program)}: ${pattern}`, () => {
      if (child.exitCode !== null) throw new Error(`${program} has ended:\n${this.log}`);
      return pattern.exec(output);
    });
    return found[1];
  }

  async control(method, what, body) {
    const answer = await fetch(`${this.azure}/_control/${what}`, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${what}: ${await answer.text()}`);
    return answer.json();
  }

  drift(id, change) { return this.control('POST', `subscriptions/${id}`, change); }

  async json(what) { return (await fetch(`${this.url}/${what}`)).json(); }
  async text(what) { return (await fetch(`${this.url}/${what}`)).text(); }
  post(what) { return fetch(`${this.url}/${what}`, { method: 'POST' }); }

  // Every subscription has been observed.
  swept() { return until('the first sweep', async () => (await fetch(`${this.url}/readyz`)).ok); }

  get defenderd() { return this.processes.at(-1); }

  kill() {
    for (const child of this.processes) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async stop() {
    for (const child of this.processes) child.kill('SIGTERM');
    await Promise.race([Promise.all(this.processes.map((child) => child.gone)),
      new Promise((resolve) => { setTimeout(resolve, 30_000).unref(); })]);
    process.off('exit', this.exit);
    this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
