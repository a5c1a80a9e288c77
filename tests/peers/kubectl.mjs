// kubectl against the simulated Kubernetes API server: a Lease, a ConfigMap, conflicts, refusals.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { check, failure, finish } from './checks.mjs';

const folder = process.env.PEERS_KUBERNETES;
if (!folder) throw new Error('PEERS_KUBERNETES is not set: start this with tests/run --peers');
const controlUrl = readFileSync(`${folder}/control_url`, 'utf8');

// What the command prints; an error has what it wrote to stderr as its message.
function kubectl(words, input = '') {
  return new Promise((resolve, reject) => {
    const environment = { ...process.env, KUBECONFIG: `${folder}/kubeconfig`, HOME: folder };
    const child = execFile('kubectl', words, { env: environment, timeout: 60_000 },
      (error, stdout, stderr) => {
        if (error) return reject(new Error(`kubectl ${words[0]}: ${stderr || error.message}`));
        return resolve(stdout);
      });
    child.stdin.end(input);
  });
}

const get = async (kind, name) => JSON.parse(await kubectl(['get', kind, name, '-o', 'json']));
// The simulator has no OpenAPI description, by which kubectl would check what it sends.
const send = (verb, object) =>
  kubectl([verb, '--validate=false', '-f', '-'], JSON.stringify(object));
const control = (method, path, body) =>
  fetch(`${controlUrl}/${path}`, { method, body: JSON.stringify(body) });

const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'by-kubectl' },
  spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
};

await check('version and api-resources: what the server has', async () => {
  assert.match(await kubectl(['version']), /1.*32/s);
  const kinds = await kubectl(['api-resources', '-o', 'name']);
  assert.deepEqual(kinds.trim().split('\n').sort(),
    ['configmaps', 'leases.coordination.k8s.io', 'namespaces']);
});

await check('create lease, get lease', async () => {
  assert.match(await send('create', lease), /lease.coordination.k8s.io\/by-kubectl created/);
  const made = await get('lease', 'by-kubectl');
  assert.deepEqual(made.spec, lease.spec);
  assert.equal(made.metadata.namespace, 'defender');
  assert.match(await kubectl(['get', 'leases', '-A']), /HOLDER.*defender +by-kubectl +a/s);
  assert.match(await kubectl(['describe', 'lease', 'by-kubectl']), /Holder Identity: +a/);
});

await check('create lease: one that is there is AlreadyExists', async () => {
  assert.match((await failure(() => send('create', lease))).message,
    /AlreadyExists.*leases.coordination.k8s.io "by-kubectl" already exists/);
});

await check('replace lease: a stale one is a Conflict', async () => {
  const old = await get('lease', 'by-kubectl');
  await send('replace', { ...old, spec: { ...old.spec, holderIdentity: 'b' } });
  assert.equal((await get('lease', 'by-kubectl')).spec.holderIdentity, 'b');
  const error = await failure(() =>
    send('replace', { ...old, spec: { ...old.spec, holderIdentity: 'c' } }));
  assert.match(error.message, /Conflict.*the object has been modified; please apply your changes/);
  assert.equal((await get('lease', 'by-kubectl')).spec.holderIdentity, 'b');
});

await check('create lease: what is not valid is named', async () => {
  const wrong = { ...lease, metadata: { name: 'wrong' }, spec: { leaseDurationSeconds: 0 } };
  assert.match((await failure(() => send('create', wrong))).message,
    /"wrong" is invalid: spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0/);
});

await check('apply, annotate, patch, delete configmap', async () => {
  const map = {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'by-kubectl' }, data: { state: '{}' },
  };
  await send('apply', map);
  await send('apply', { ...map, data: { state: '{"a":1}' } });
  await kubectl(['annotate', 'configmap', 'by-kubectl', 'example.com/why=test']);
  await kubectl(['patch', 'configmap', 'by-kubectl', '--type=merge', '-p', '{"data":{"b":"2"}}']);
  const made = await get('configmap', 'by-kubectl');
  assert.deepEqual(made.data, { state: '{"a":1}', b: '2' });
  assert.equal(made.metadata.annotations['example.com/why'], 'test');
  assert.match(await kubectl(['delete', 'configmap', 'by-kubectl']), /deleted/);
  assert.match((await failure(() => get('configmap', 'by-kubectl'))).message,
    /NotFound.*configmaps "by-kubectl" not found/);
});

await check('get lease: Forbidden without the right', async () => {
  await control('POST', 'deny', { verb: 'get', resource: 'leases' });
  const error = await failure(() => get('lease', 'by-kubectl'));
  await control('DELETE', 'deny');
  assert.match(error.message, /Forbidden.*cannot get resource "leases" in API group/);
});

await check('get lease: ServiceUnavailable', async () => {
  await control('POST', 'faults', { verb: 'get', resource: 'leases', status: 503 });
  const error = await failure(() => get('lease', 'by-kubectl'));
  assert.match(error.message, /currently unable to handle the request/);
});

await check('get lease: refused while the server is away', async () => {
  await control('POST', 'away', {});
  const error = await failure(() => get('lease', 'by-kubectl'));
  await control('POST', 'away', { away: false });
  assert.match(error.message, /refused/);
  await get('lease', 'by-kubectl');
});

await kubectl(['delete', 'lease', 'by-kubectl']);
finish();
