// npm's Azure SDK against the simulator: AI accounts and what hangs on them.
import assert from 'node:assert/strict';
import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import { ClientSecretCredential } from '@azure/identity';
import { check, failure, finish } from './checks.mjs';
import * as simulator from './simulator.mjs';

const { clientId, clientSecret, tenant, url } = simulator;
const credential = new ClientSecretCredential(tenant, clientId, clientSecret, {
  authorityHost: url,
  disableInstanceDiscovery: true,
});
// Its api-version is 2024-10-01.
const client = (id, more = {}) =>
  new CognitiveServicesManagementClient(credential, id, {
    endpoint: url,
    $host: url,
    credentialScopes: [`${url}/.default`],
    ...more,
  });

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}
const namesOf = (items) => items.map((item) => item.name);

const lenient = {
  mode: 'Deferred',
  contentFilters: [
    { name: 'Hate', severityThreshold: 'High' },
    { name: 'Jailbreak', enabled: false, blocking: false },
  ],
};
const chat = {
  kind: 'OpenAI',
  capabilities: { ContentLogging: 'false' },
  deployments: { gpt: { raiPolicyName: 'lenient' }, paused: { deploymentState: 'Paused' } },
  raiPolicies: { lenient },
  defenderForAISettings: { state: 'Disabled', etag: '"7"' },
};

async function reads() {
  const id = await simulator.subscription({ aiAccounts: { 'Prod/chat': chat, 'Prod/hub': {} } });
  const ai = client(id);
  await check('arm-cognitiveservices: the accounts of a subscription and of a group', async () => {
    const accounts = await all(ai.accounts.list());
    assert.deepEqual(namesOf(accounts), ['chat', 'hub']);
    assert.equal(accounts[0].kind, 'OpenAI');
    assert.equal(accounts[0].sku.name, 'S0');
    assert.deepEqual(accounts[0].properties.capabilities, [
      { name: 'ContentLogging', value: 'false' },
    ]);
    assert.equal(accounts[0].systemData.lastModifiedAt.getFullYear(), 2025);
    assert.deepEqual(namesOf(await all(ai.accounts.listByResourceGroup('PROD'))), ['chat', 'hub']);
    assert.equal((await ai.accounts.get('prod', 'CHAT')).id, accounts[0].id);
  });
  await check('arm-cognitiveservices: deployments', async () => {
    const deployments = await all(ai.deployments.list('Prod', 'chat'));
    assert.deepEqual(namesOf(deployments), ['gpt', 'paused']);
    const { properties } = deployments[0];
    assert.deepEqual([properties.model.format, properties.raiPolicyName], ['OpenAI', 'lenient']);
    assert.deepEqual(properties.capabilities, { chatCompletion: 'true' });
    assert.equal((await ai.deployments.get('Prod', 'chat', 'gpt')).id, deployments[0].id);
  });
  await check('arm-cognitiveservices: content filters, those of the system first', async () => {
    const policies = await all(ai.raiPolicies.list('Prod', 'chat'));
    assert.deepEqual(namesOf(policies), ['Microsoft.Default', 'Microsoft.DefaultV2', 'lenient']);
    assert.equal(policies[0].properties.type, 'SystemManaged');
    const { properties } = await ai.raiPolicies.get('Prod', 'chat', 'lenient');
    assert.deepEqual([properties.type, properties.mode], ['UserManaged', 'Deferred']);
    assert.deepEqual(properties.contentFilters, [
      { name: 'Hate', source: 'Prompt', enabled: true, blocking: true, severityThreshold: 'High' },
      { name: 'Jailbreak', source: 'Prompt', enabled: false, blocking: false },
    ]);
  });
  await check('arm-cognitiveservices: the Defender switch of an account', async () => {
    const setting = await ai.defenderForAISettings.get('Prod', 'chat', 'Default');
    assert.deepEqual([setting.state, setting.etag], ['Disabled', '"7"']);
    const [other] = await all(ai.defenderForAISettings.list('Prod', 'hub'));
    assert.deepEqual([other.name, other.state], ['Default', 'Enabled']);
  });
}

async function pages() {
  await check('arm-cognitiveservices: the pages follow each other', async () => {
    const aiAccounts = {};
    for (let n = 0; n < 5; n += 1) aiAccounts[`a (b)/account-${n}`] = chat;
    const ai = client(await simulator.subscription({ aiAccounts }));
    await simulator.withBehaviour({ account_page_size: 2 }, async () => {
      assert.equal((await all(ai.accounts.list())).length, 5);
      assert.equal((await all(ai.accounts.listByResourceGroup('a (b)'))).length, 5);
      assert.equal((await all(ai.raiPolicies.list('a (b)', 'account-3'))).length, 3);
    });
  });
}

async function refusals() {
  await check('arm-cognitiveservices: what is not there is 404', async () => {
    const ai = client(await simulator.subscription({ aiAccounts: { 'rg/chat': { gone: 'on' } } }));
    assert.equal((await all(ai.accounts.list())).length, 1);
    const gone = await failure(() => all(ai.deployments.list('rg', 'chat')));
    assert.deepEqual([gone.statusCode, gone.code], [404, 'ResourceNotFound']);
    const group = await failure(() => ai.accounts.get('nowhere', 'chat'));
    assert.deepEqual([group.statusCode, group.code], [404, 'ResourceGroupNotFound']);
  });
  await check('arm-cognitiveservices: no right is 403, no provider is 409', async () => {
    const denied = client(
      await simulator.subscription({ aiAccounts: { chat: {} }, deniedAiReads: 'raiPolicies' }),
    );
    assert.equal((await all(denied.accounts.list())).length, 1);
    const refused = await failure(() => all(denied.raiPolicies.list('ai', 'chat')));
    assert.deepEqual([refused.statusCode, refused.code], [403, 'AuthorizationFailed']);
    assert.match(refused.message, /Microsoft\.CognitiveServices\/accounts\/raiPolicies\/read/);
    const never = client(await simulator.subscription({ aiRegistered: 'off' }));
    const error = await failure(() => all(never.accounts.list()));
    assert.deepEqual([error.statusCode, error.code], [409, 'MissingSubscriptionRegistration']);
  });
  await check('arm-cognitiveservices: 429 on the second page is an error or is waited out', async () => {
    const id = await simulator.subscription({ aiAccounts: { one: {}, two: {} } });
    const throttle = () =>
      simulator.fault({
        operation: 'accounts', subscription: id, after: 1, status: 429, code: 'TooManyRequests',
        retryAfter: 1,
      });
    await simulator.withBehaviour({ account_page_size: 1 }, async () => {
      await throttle();
      const hasty = client(id, { retryOptions: { maxRetries: 0 } });
      assert.equal((await failure(() => all(hasty.accounts.list()))).statusCode, 429);
      await throttle();
      assert.deepEqual(namesOf(await all(client(id).accounts.list())), ['one', 'two']);
    });
  });
}

for (const group of [reads, pages, refusals]) await group();
finish();
