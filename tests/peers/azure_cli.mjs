// Debian's azure-cli against the simulator: a registered cloud, a service principal, Defender plans.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { check, failure, finish } from './checks.mjs';
import * as simulator from './simulator.mjs';

const { clientId, clientSecret, folder, tenant, url } = simulator;
const environment = {
  ...process.env,
  AZURE_CONFIG_DIR: `${folder}/azure`,
  AZURE_CORE_COLLECT_TELEMETRY: 'false',
  AZURE_CORE_NO_COLOR: 'true',
  AZURE_CORE_ONLY_SHOW_ERRORS: 'true',
  AZURE_CORE_OUTPUT: 'json',
};

// What the command prints, parsed; an error has what it wrote to stderr as its message.
function az(...words) {
  return new Promise((resolve, reject) => {
    execFile('az', words, { env: environment, timeout: 300_000 }, (error, stdout, stderr) => {
      if (error) return reject(new Error(`az ${words[0]} ${words[1]}: ${stderr || error.message}`));
      return resolve(stdout.trim() === '' ? null : JSON.parse(stdout));
    });
  });
}

const pricing = (command, id, ...words) =>
  az('security', 'pricing', command, '--subscription', id, ...words);
const pricingUrl = (id) =>
  `${url}/subscriptions/${id}/providers/Microsoft.Security/pricings/AI?api-version=2024-01-01`;
const get = (id) => az('rest', '--method', 'get', '--url', pricingUrl(id));
const put = (id, properties) =>
  az('rest', '--method', 'put', '--url', pricingUrl(id), '--body', JSON.stringify({ properties }));
const login = (secret) =>
  az('login', '--service-principal', '-u', clientId, `--password=${secret}`, '--tenant', tenant);

// What azure-cli knows of subscriptions it learns when it signs in.
const one = await simulator.subscription({ name: 'one', plan: 'off' });
const two = await simulator.subscription({
  name: 'two', plan: 'on', extensions: { AIPromptEvidence: 'on', AIModelScanner: 'off' },
});

async function signIn() {
  await check('cloud: the endpoints are registered and chosen', async () => {
    // An authority that ends in /adfs is one that it does not look up among Microsoft's own.
    await az('cloud', 'register', '--name', 'armsim', '--endpoint-resource-manager', url,
      '--endpoint-active-directory', `${url}/adfs`,
      '--endpoint-active-directory-resource-id', url,
      '--endpoint-active-directory-graph-resource-id', url);
    await az('cloud', 'set', '--name', 'armsim');
    const cloud = await az('cloud', 'show');
    assert.equal(cloud.name, 'armsim');
    assert.equal(cloud.endpoints.resourceManager, url);
  });
  await check('login: a wrong secret is AADSTS7000215', async () => {
    assert.match((await failure(() => login('wrong'))).message, /AADSTS7000215/);
  });
  await check('login: the service principal sees its subscriptions', async () => {
    const accounts = await login(clientSecret);
    const found = Object.fromEntries(accounts.map((account) => [account.id, account]));
    assert.equal(found[one]?.name, 'one');
    assert.equal(found[two]?.state, 'Enabled');
  });
  await check('account get-access-token: what daemons borrow from azure-cli', async () => {
    const token = await az('account', 'get-access-token', '--resource', url);
    assert.ok(token.accessToken && token.expiresOn);
  });
}

async function securityPricing() {
  await check('security pricing show: a plan that is off', async () => {
    const plan = await pricing('show', one, '--name', 'AI');
    assert.deepEqual([plan.name, plan.pricingTier], ['AI', 'Free']);
  });
  await check('security pricing create: switches on', async () => {
    const plan = await pricing('create', one, '--name', 'AI', '--tier', 'standard');
    assert.equal(plan.pricingTier, 'Standard');
    assert.equal((await simulator.stateOf(one)).plan, 'on');
  });
  await check('security pricing list: every plan once', async () => {
    const { value } = await pricing('list', one);
    const names = value.map((plan) => plan.name);
    assert.equal(new Set(names).size, names.length);
    assert.equal(value.find((plan) => plan.name === 'AI').pricingTier, 'Standard');
    assert.equal(value.find((plan) => plan.name === 'KeyVaults').pricingTier, 'Free');
  });
  await check('security pricing: no role is AuthorizationFailed', async () => {
    await simulator.control('POST', `subscriptions/${one}`, { access: 'none' });
    const error = await failure(() => pricing('show', one, '--name', 'AI'));
    await simulator.control('POST', `subscriptions/${one}`, { access: 'write' });
    assert.match(error.message, /AuthorizationFailed.*Microsoft\.Security\/pricings\/read/s);
  });
  await check('security pricing: an unregistered provider is named and can be registered', async () => {
    await simulator.control('POST', `subscriptions/${one}`, { registered: 'off' });
    const error = await failure(() => pricing('show', one, '--name', 'AI'));
    assert.match(error.message, /Subscription Not Registered.*Please register/s);
    await az('provider', 'register', '--namespace', 'Microsoft.Security', '--subscription', one,
      '--wait');
    assert.equal((await simulator.stateOf(one)).registration, 'Registered');
  });
}

async function activityLog() {
  await check('monitor activity-log list: who wrote the plan', async () => {
    await simulator.control('POST', 'behaviour', { activity_lag: '0s' });
    await simulator.control('POST', `subscriptions/${two}`, {
      extensions: { AIModelScanner: 'off' }, actor: { kind: 'user', name: 'alice@contoso.com' },
    });
    const events = await az('monitor', 'activity-log', 'list', '--subscription', two,
      '--offset', '1h', '--namespace', 'Microsoft.Security');
    const end = events.find((event) => event.eventName.value === 'EndRequest');
    assert.equal(end.caller, 'alice@contoso.com');
    assert.equal(end.operationName.value, 'Microsoft.Security/pricings/write');
    assert.equal(end.status.value, 'Succeeded');
  });
}

async function cognitiveServices() {
  const list = (...words) => az('cognitiveservices', 'account', ...words, '--subscription', one);
  await simulator.control('POST', `subscriptions/${one}`, {
    aiAccounts: {
      'Prod/chat': { kind: 'OpenAI', deployments: { gpt: { raiPolicyName: 'lenient' } } },
      'test/hub': {},
    },
  });
  await check('cognitiveservices account list: the accounts of a subscription and of a group', async () => {
    await simulator.withBehaviour({ account_page_size: 1 }, async () => {
      const accounts = await list('list');
      assert.deepEqual(accounts.map((account) => account.name), ['chat', 'hub']);
      assert.deepEqual([accounts[0].kind, accounts[0].resourceGroup], ['OpenAI', 'Prod']);
      assert.equal(accounts[0].properties.provisioningState, 'Succeeded');
      const [hub] = await list('list', '--resource-group', 'TEST');
      assert.equal(hub.name, 'hub');
    });
  });
  await check('cognitiveservices account deployment list: model and content filter', async () => {
    const [gpt] = await list('deployment', 'list', '--resource-group', 'prod', '--name', 'chat');
    assert.deepEqual([gpt.name, gpt.properties.model.format], ['gpt', 'OpenAI']);
    assert.equal(gpt.properties.raiPolicyName, 'lenient');
  });
  await check('cognitiveservices account show: one that is not there', async () => {
    const error = await failure(() => list('show', '--resource-group', 'prod', '--name', 'other'));
    assert.match(error.message, /ResourceNotFound.*accounts\/other/s);
  });
}

async function rest() {
  await check('rest get: the extensions', async () => {
    const { properties } = await get(two);
    assert.equal(properties.pricingTier, 'Standard');
    const evidence = properties.extensions.find((e) => e.name === 'AIPromptEvidence');
    assert.equal(evidence.isEnabled, 'True');
  });
  await check('rest put: extensions are changed, those not named stay', async () => {
    const extensions = [{ name: 'AIModelScanner', isEnabled: 'True' }];
    const { properties } = await put(two, { pricingTier: 'Standard', extensions });
    const scanner = properties.extensions.find((e) => e.name === 'AIModelScanner');
    assert.equal(scanner.isEnabled, 'True');
    assert.equal(scanner.operationStatus.code, 'Succeeded');
    const state = await simulator.stateOf(two);
    assert.deepEqual(state.extensions, { AIPromptEvidence: 'on', AIModelScanner: 'on' });
  });
  await check('rest put: a second write at a time is a Conflict', async () => {
    await simulator.fault({
      operation: 'write', subscription: two, status: 409, code: 'Conflict',
      message: 'Another update operation is in progress',
    });
    const error = await failure(() => put(two, { pricingTier: 'Free' }));
    assert.match(error.message, /Another update operation is in progress/);
    assert.equal((await simulator.stateOf(two)).plan, 'on');
  });
  await check('rest get: 429 is shown', async () => {
    await simulator.fault({
      operation: 'read', subscription: two, status: 429, code: 'TooManyRequests', retryAfter: 1,
      times: 0,
    });
    const error = await failure(() => get(two));
    await simulator.control('DELETE', 'faults');
    assert.match(error.message, /TooManyRequests/);
  });
  await check('rest put: the plan is switched off', async () => {
    const { properties } = await put(two, { pricingTier: 'Free' });
    assert.equal(properties.pricingTier, 'Free');
    assert.equal((await simulator.stateOf(two)).plan, 'off');
  });
}

for (const group of [signIn, securityPricing, activityLog, cognitiveServices, rest]) await group();
finish();
