// npm's Azure SDK against the simulator: tokens, pricings, generic resources, subscriptions, graph.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { ResourceManagementClient } from '@azure/arm-resources';
import { SubscriptionClient } from '@azure/arm-resources-subscriptions';
import { SecurityCenter } from '@azure/arm-security';
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import { check, failure, finish } from './checks.mjs';
import * as simulator from './simulator.mjs';

const { clientId, clientSecret, folder, tenant, url } = simulator;
const scope = `${url}/.default`;
const apiVersion = '2024-01-01';
const authority = { authorityHost: url, disableInstanceDiscovery: true };
const credential = new ClientSecretCredential(tenant, clientId, clientSecret, authority);
const options = { endpoint: url, $host: url, credentialScopes: [scope] };

const security = (id) => new SecurityCenter(credential, id, options);
const resources = (id) => new ResourceManagementClient(credential, id, options).resources;
const pricingId = (id) => `/subscriptions/${id}/providers/Microsoft.Security/pricings/AI`;
const getById = (id) => resources(id).getById(pricingId(id), apiVersion);
const putById = (id, properties) =>
  resources(id).beginCreateOrUpdateByIdAndWait(pricingId(id), apiVersion, { properties });
const enabled = (resource) =>
  Object.fromEntries(resource.properties.extensions.map((e) => [e.name, e.isEnabled]));

async function identity() {
  await check('client secret: a token of an hour', async () => {
    const token = await credential.getToken(scope);
    const minutes = (token.expiresOnTimestamp - Date.now()) / 60000;
    assert.ok(token.token && minutes > 55 && minutes <= 60, `${minutes} minutes`);
  });
  await check('client secret: a wrong one is AADSTS7000215', async () => {
    const wrong = new ClientSecretCredential(tenant, clientId, 'wrong', authority);
    const error = await failure(() => wrong.getToken(scope));
    assert.match(error.message, /invalid_client.*AADSTS7000215/s);
  });
  await check('client secret: an unknown tenant has no endpoints', async () => {
    const nowhere = '99999999-9999-4999-8999-999999999999';
    const wrong = new ClientSecretCredential(nowhere, clientId, clientSecret, authority);
    const error = await failure(() => wrong.getToken(scope));
    assert.match(error.message, /endpoints_resolution_error/);
  });
  await check('client certificate: the signed assertion is taken', async () => {
    const certificate = { certificatePath: `${folder}/client.pem` };
    const signed = new ClientCertificateCredential(tenant, clientId, certificate, authority);
    assert.ok((await signed.getToken(scope)).token);
  });
  await check('workload identity: the federated token is taken, another is not', async () => {
    const tokenFilePath = `${folder}/federated`;
    await simulator.control('POST', 'credentials', { federatedTokens: ['header.payload.sign'] });
    const workload = { ...authority, tenantId: tenant, clientId, tokenFilePath };
    await writeFile(tokenFilePath, 'header.payload.sign');
    assert.ok((await new WorkloadIdentityCredential(workload).getToken(scope)).token);
    await writeFile(tokenFilePath, 'header.payload.other');
    const error = await failure(() => new WorkloadIdentityCredential(workload).getToken(scope));
    assert.match(error.message, /AADSTS/);
  });
  await check('managed identity: IMDS gives a token that ARM takes', async () => {
    process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = url;
    try {
      const id = await simulator.subscription();
      const client = new SecurityCenter(new ManagedIdentityCredential(), id, options);
      assert.equal((await client.pricings.get('AI')).pricingTier, 'Free');
    } finally {
      delete process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST;
    }
  });
}

async function armSecurity() {
  await check('arm-security: get of a plan that is off', async () => {
    const id = await simulator.subscription({ plan: 'off' });
    const plan = await security(id).pricings.get('AI');
    assert.equal(plan.pricingTier, 'Free');
    assert.equal(plan.name, 'AI');
    assert.equal(plan.type, 'Microsoft.Security/pricings');
    assert.equal(plan.id, pricingId(id));
  });
  await check('arm-security: list has every plan once', async () => {
    const id = await simulator.subscription({ plan: 'on', otherPlans: { KeyVaults: 'on' } });
    const { value } = await security(id).pricings.list();
    const names = value.map((plan) => plan.name);
    assert.equal(new Set(names).size, names.length);
    const on = value.filter((plan) => plan.pricingTier === 'Standard').map((plan) => plan.name);
    assert.deepEqual(on.sort(), ['AI', 'KeyVaults']);
  });
  await check('arm-security: update switches on and off', async () => {
    const id = await simulator.subscription({ plan: 'off' });
    const on = await security(id).pricings.update('AI', { pricingTier: 'Standard' });
    assert.equal(on.pricingTier, 'Standard');
    assert.equal((await simulator.stateOf(id)).plan, 'on');
    const off = await security(id).pricings.update('AI', { pricingTier: 'Free' });
    assert.equal(off.pricingTier, 'Free');
    assert.equal((await simulator.stateOf(id)).plan, 'off');
  });
  await check('arm-security: no role is 403, a reader may not write', async () => {
    const none = await simulator.subscription({ access: 'none' });
    const refused = await failure(() => security(none).pricings.get('AI'));
    assert.deepEqual([refused.statusCode, refused.code], [403, 'AuthorizationFailed']);
    assert.match(refused.message, /Microsoft\.Security\/pricings\/read/);
    const reader = await simulator.subscription({ access: 'read' });
    assert.equal((await security(reader).pricings.get('AI')).pricingTier, 'Free');
    const error = await failure(() =>
      security(reader).pricings.update('AI', { pricingTier: 'Standard' }),
    );
    assert.deepEqual([error.statusCode, error.code], [403, 'AuthorizationFailed']);
  });
  await check('arm-security: an unregistered provider is 404, then registered', async () => {
    const id = await simulator.subscription({ registered: 'off' });
    const error = await failure(() => security(id).pricings.get('AI'));
    assert.deepEqual([error.statusCode, error.code], [404, 'Subscription Not Registered']);
    const { providers } = new ResourceManagementClient(credential, id, options);
    await providers.register('Microsoft.Security');
    for (let polls = 0; polls < 10; polls += 1) {
      const { registrationState } = await providers.get('Microsoft.Security');
      if (registrationState === 'Registered') break;
      assert.equal(registrationState, 'Registering');
    }
    assert.equal((await security(id).pricings.get('AI')).pricingTier, 'Free');
  });
  await check('arm-security: unknown names and subscriptions', async () => {
    const id = await simulator.subscription();
    const plan = await failure(() => security(id).pricings.get('Toasters'));
    assert.equal(plan.statusCode, 400);
    assert.match(plan.message, /'Toasters' is not a valid name\. Possible pricing bundle names:/);
    const nowhere = '99999999-9999-4999-8999-999999999999';
    const error = await failure(() => security(nowhere).pricings.get('AI'));
    assert.deepEqual([error.statusCode, error.code], [404, 'SubscriptionNotFound']);
  });
}

async function faults() {
  await check('429: the client waits as long as Retry-After says', async () => {
    const id = await simulator.subscription();
    const code = 'TooManyRequests';
    await simulator.fault({
      operation: 'read', subscription: id, status: 429, code, retryAfter: 2,
    });
    const start = performance.now();
    assert.equal((await security(id).pricings.get('AI')).pricingTier, 'Free');
    const waited = performance.now() - start;
    const statuses = (await simulator.requestsOf(id, 'read')).map((entry) => entry.status);
    assert.deepEqual(statuses, [429, 200]);
    assert.ok(waited >= 1900, `it waited ${waited} ms`);
  });
  await check('429: without end it is an error with its code', async () => {
    const id = await simulator.subscription();
    await simulator.fault({
      operation: 'read', subscription: id, status: 429, code: 'TooManyRequests', retryAfter: 0,
      times: 0,
    });
    const client = new SecurityCenter(credential, id, {
      ...options,
      retryOptions: { maxRetries: 0 },
    });
    const error = await failure(() => client.pricings.get('AI'));
    assert.deepEqual([error.statusCode, error.code], [429, 'TooManyRequests']);
    await simulator.control('DELETE', 'faults');
  });
  await check('409: a second write at a time is a Conflict', async () => {
    await simulator.withBehaviour({ write_cool_down: '1h' }, async () => {
      const id = await simulator.subscription();
      await security(id).pricings.update('AI', { pricingTier: 'Standard' });
      const error = await failure(() => putById(id, { pricingTier: 'Free' }));
      assert.deepEqual([error.statusCode, error.code], [409, 'Conflict']);
      assert.match(error.message, /Another update operation is in progress/);
      assert.equal((await simulator.stateOf(id)).plan, 'on');
    });
  });
  await check('500: the client asks again', async () => {
    const id = await simulator.subscription();
    await simulator.fault({ operation: 'read', subscription: id, status: 500 });
    assert.equal((await security(id).pricings.get('AI')).pricingTier, 'Free');
    assert.equal((await simulator.requestsOf(id, 'read')).length, 2);
  });
}

async function armResources() {
  await check('arm-resources: get by id shows extensions', async () => {
    const extensions = { AIPromptEvidence: 'on', AIModelScanner: 'off' };
    const id = await simulator.subscription({ plan: 'on', extensions });
    const resource = await getById(id);
    assert.equal(resource.properties.pricingTier, 'Standard');
    assert.equal(resource.properties.resourcesCoverageStatus, 'FullyCovered');
    assert.deepEqual(enabled(resource), { AIPromptEvidence: 'True', AIModelScanner: 'False' });
  });
  for (const put_status of [200, 201]) {
    await check(`arm-resources: put by id with extensions, answered ${put_status}`, async () => {
      await simulator.withBehaviour({ put_status }, async () => {
        const id = await simulator.subscription({ plan: 'off' });
        const wanted = { AIPromptEvidence: 'True', AIPromptSharingWithPurview: 'False' };
        const resource = await putById(id, {
          pricingTier: 'Standard',
          extensions: Object.entries(wanted).map(([name, isEnabled]) => ({ name, isEnabled })),
        });
        assert.equal(resource.properties.pricingTier, 'Standard');
        const expected = { ...wanted, AIModelScanner: 'False' };
        assert.deepEqual(enabled(resource), expected);
        assert.deepEqual(enabled(await getById(id)), expected);
        assert.equal((await simulator.requestsOf(id, 'write')).length, 1);
      });
    });
  }
  await check('arm-resources: an extension that fails says so in the answer only', async () => {
    const failingExtensions = { AIPromptEvidence: 'no permission to assign roles' };
    const id = await simulator.subscription({ plan: 'off', failingExtensions });
    const resource = await putById(id, {
      pricingTier: 'Standard',
      extensions: [{ name: 'AIPromptEvidence', isEnabled: 'True' }],
    });
    const find = (from) => from.properties.extensions.find((e) => e.name === 'AIPromptEvidence');
    assert.deepEqual(find(resource).operationStatus, {
      code: 'Failed',
      message: 'no permission to assign roles',
    });
    assert.equal(find(await getById(id)).operationStatus, undefined);
  });
  await check('arm-resources: what is not valid is 400', async () => {
    const id = await simulator.subscription({ plan: 'off' });
    const error = await failure(() => putById(id, { pricingTier: 'Platinum' }));
    assert.deepEqual([error.statusCode, error.code], [400, 'InvalidInput']);
    assert.equal((await simulator.stateOf(id)).plan, 'off');
  });
}

async function subscriptions() {
  await check('arm-resources-subscriptions: the pages of the list follow each other', async () => {
    const ids = [];
    for (const name of ['first', 'second', 'third'])
      ids.push(await simulator.subscription({ name }));
    await simulator.withBehaviour({ page_size: 2 }, async () => {
      const found = new Map();
      for await (const item of new SubscriptionClient(credential, options).subscriptions.list()) {
        assert.ok(!found.has(item.subscriptionId), 'listed twice');
        found.set(item.subscriptionId, item);
      }
      for (const id of ids) assert.equal(found.get(id)?.state, 'Enabled');
      assert.equal(found.get(ids[1]).displayName, 'second');
      assert.equal(found.get(ids[1]).id, `/subscriptions/${ids[1]}`);
    });
  });
  await check('arm-resources-subscriptions: get of one', async () => {
    const id = await simulator.subscription({ name: 'alone', state: 'Warned' });
    const item = await new SubscriptionClient(credential, options).subscriptions.get(id);
    assert.deepEqual([item.displayName, item.state], ['alone', 'Warned']);
  });
}

async function resourceGraph() {
  // Unasked it takes a preview.
  const stable = { ...options, apiVersion: '2022-10-01' };
  const graph = new ResourceGraphClient(credential, stable);
  const query =
    "securityresources | where type =~ 'microsoft.security/pricings' and name =~ 'AI' " +
    '| project id, subscriptionId, tier = tostring(properties.pricingTier) | order by id asc';
  // The SDK reads the list as a dictionary.
  const rowsOf = (answer) => Object.values(answer.data);
  const asObjects = { resultFormat: 'objectArray' };
  await check('arm-resourcegraph: one query shows the plans of many', async () => {
    const on = await simulator.subscription({ plan: 'on' });
    const off = await simulator.subscription({ plan: 'off' });
    const hidden = await simulator.subscription({ inGraph: 'off' });
    const subscriptions = [on, off, hidden];
    const answer = await graph.resources({ query, subscriptions, options: asObjects });
    assert.deepEqual([answer.totalRecords, answer.count, answer.resultTruncated], [2, 2, 'false']);
    const tiers = Object.fromEntries(rowsOf(answer).map((row) => [row.subscriptionId, row.tier]));
    assert.deepEqual(tiers, { [on]: 'Standard', [off]: 'Free' });
  });
  await check('arm-resourcegraph: the pages follow each other', async () => {
    const subscriptions = [];
    for (let n = 0; n < 5; n += 1) subscriptions.push(await simulator.subscription());
    const found = [];
    let skipToken;
    do {
      const options = { ...asObjects, top: 2, skipToken };
      const page = await graph.resources({ query, subscriptions, options });
      found.push(...rowsOf(page).map((row) => row.subscriptionId));
      skipToken = page.skipToken;
    } while (skipToken);
    assert.deepEqual(found, subscriptions.sort());
  });
  await check('arm-resourcegraph: what is no query is 400, beyond the quota is 429', async () => {
    const subscriptions = [await simulator.subscription()];
    const wrong = await failure(() => graph.resources({ query: 'nosuchtable', subscriptions }));
    assert.deepEqual([wrong.statusCode, wrong.code], [400, 'BadRequest']);
    const once = { ...stable, retryOptions: { maxRetries: 0 } };
    const impatient = new ResourceGraphClient(credential, once);
    await simulator.withBehaviour({ graph_quota: 1, graph_quota_window: '1h' }, async () => {
      const ask = () => impatient.resources({ query, subscriptions });
      const error = await failure(async () => [await ask(), await ask()]);
      assert.deepEqual([error.statusCode, error.code], [429, 'RateLimiting']);
    });
  });
}

// The last: every token that was given out expires.
async function expiry() {
  await check('401: an expired token is ExpiredAuthenticationToken', async () => {
    const id = await simulator.subscription();
    const own = new ClientSecretCredential(tenant, clientId, clientSecret, authority);
    const client = () => new SecurityCenter(own, id, options);
    await client().pricings.get('AI');
    await simulator.control('POST', 'credentials', { expireTokens: true });
    const error = await failure(() => client().pricings.get('AI'));
    assert.deepEqual([error.statusCode, error.code], [401, 'ExpiredAuthenticationToken']);
  });
}

const groups = [identity, armSecurity, faults, armResources, subscriptions, resourceGraph, expiry];
for (const group of groups) await group();
finish();
