// The fleets that the page is shown: one in which each state occurs, one of ten thousand, and one
// whose every text is markup.
import { guid } from '../support/world.mjs';

const on = (...extensions) => ({
  plan: 'on',
  extensions: Object.fromEntries(['AIPromptEvidence', ...extensions].map((name) => [name, 'on'])),
});
const off = { plan: 'off' };

let last = 100;
const one = (name, azure, declared = {}) => ({ id: guid((last += 7919)), name, azure, declared });

export const mixed = () => [
  one('agents-prod', on('AIModelScanner'), { owner: 'agents team' }),
  one('agents-test', on()),
  one('archive-2023', { ...off, access: 'none' }, { owner: 'records' }),
  one('chat-prod', off, { owner: 'chat team', reason: 'customers talk to it' }),
  one('chat-staging', on()),
  one('claims-assistant', on('AIPromptSharingWithPurview'), { owner: 'claims' }),
  one('client-files', on(), { promptEvidence: 'off', reason: 'prompts hold client data', owner: 'legal' }),
  one('copilot-hr', on()),
  one('acquired-co', off, { mode: 'observe', owner: 'integration office' }),
  one('intranet-search', on()),
  one('kiosk', on()),
  one('legacy-bot', on(), { plan: 'off', promptEvidence: undefined, reason: 'replaced by support-bot' }),
  one('marketing-drafts', on()),
  one('migration-eu', off, {
    suspend: { until: '2099-12-24T00:00:00Z', reason: 'tenant move', by: 'platform team' },
  }),
  one('translations', { ...off, deniedByPolicy: true }, { owner: 'localisation' }),
  one('research', on('AIModelScanner')),
  one('sandbox', off, { plan: 'off' }),
  one('search-prod', on()),
  one('support-bot', on(), { owner: 'support' }),
  one('warehouse', { ...on(), tags: { costCenter: '4711', site: 'north' } }),
];

// One in fifty has a problem.
export function large(count) {
  return Array.from({ length: count }, (_, n) => {
    const name = `${['chat', 'search', 'agents', 'claims', 'docs'][n % 5]}-${['prod', 'test', 'dev'][n % 3]}-${String(n).padStart(5, '0')}`;
    const azure = n % 100 === 7 ? { ...off, access: 'none' } : n % 100 === 57 ? off : on();
    return { id: guid(1_000_000 + n), name, azure,
      declared: { owner: `team ${n % 40}`, ...(n % 100 === 57 ? { mode: 'observe' } : {}) } };
  });
}

// As declared but for the last one, which nobody may read.
export const many = (count) => Array.from({ length: count }, (_, n) => ({
  id: guid(2_000_000 + n), name: `fleet-${String(n).padStart(4, '0')}`, azure: n + 1 === count ? { ...off, access: 'none' } : on(), declared: { owner: `team ${n % 7}` } }));

// Names and owners that a spreadsheet would run, or that need quotes.
export const formulas = () => [
  one('plain', on()),
  one('=HYPERLINK("http://elsewhere.invalid";"x")', on(), { owner: '=1+1' }),
  one('+cmd', on(), { owner: '@SUM(A1)' }),
  one('-2+3', on(), { owner: '-1' }),
  one('@import', on(), { owner: '+49' }),
  one('quoted "name", with commas', on(), { owner: 'a, "b"' }),
  one('quoted twice', on(), { owner: 'x;=1+1' }),
];

// What ends by itself: a suspension is over, one ends within a day, and a free trial within five.
export const ending = () => [
  one('was-suspended', on(), { suspend: { until: '2026-01-01T00:00:00Z' } }),
  one('still-suspended', on(), { suspend: { until: new Date(Date.now() + 3600e3).toISOString() } }),
  one('in-trial', { ...on(), properties: { freeTrialRemainingTime: 'P2DT3H' } }),
  one('billed', on()),
];

// An edit that reaches a fleet wave by wave: the second of the first wave is refused, until the policy goes.
export const waves = () => [
  one('pilot', off),
  one('pilot-refused', { ...off, deniedByPolicy: true }),
  one('rest', off, { wave: 10, owner: 'rest team' }),
  one('rest-too', off, { wave: 10 }),
];

// Unmanaged subscriptions: visible, and not declared. The scopes disagree about one of them,
// and one can leave its scope.
const found = (name, azure) => ({ id: guid((last += 7919)), name, azure });
export const undeclared = () => [
  found('hackathon-2026', off),
  found('labs-eu', off),
  found('ml-training', { ...on(), tags: { env: 'prod', team: 'research' } }),
  found('partner-demo-with-a-name-as-long-as-azure-lets-people-give-one', { ...off, state: 'Disabled' }),
  found('payments-prod', { ...on(), tags: { env: 'prod' } }),
];
export const scopes = () => [
  { tags: { env: 'prod' } },
  { tags: { team: 'research' }, promptEvidence: 'off' },
];

// Each of these would leave a mark on the window, load from elsewhere or break the page.
export const MARKUP = '<img src=//elsewhere.invalid/x onerror="window.mark=1"><script>window.mark=1</script>';
export const QUOTES = `"'><svg/onload=window.mark=1>\${window.mark=1}{{7*7}}</title></td>`;

export const hostile = () => [
  one(MARKUP, { ...off, tags: { [MARKUP]: QUOTES } }, { mode: 'observe', reason: MARKUP, owner: MARKUP }),
  one(QUOTES, off, {
    owner: QUOTES, reason: QUOTES,
    suspend: { until: '2099-12-24T00:00:00Z', reason: MARKUP, by: QUOTES },
  }),
  one(`${MARKUP} of ARM`, on(), { owner: 'x' }),
  one(`${QUOTES} refused`, on(), {}),
  one(`javascript:window.mark=1`, { plan: 'on', extensions: { AIPromptEvidence: 'on', [MARKUP]: 'on' } }),
];

export const hostileUndeclared = () => [
  found(MARKUP, { ...off, tags: { [MARKUP]: QUOTES } }),
  found(QUOTES, { ...off, tags: { env: MARKUP } }),
];

// AI accounts with something to find, and one without; the last subscription's every text is markup.
const accounts = (azure, aiAccounts) => ({ ...azure, aiAccounts });
const blind = (lastModifiedBy) => ({
  contentFilters: [{ name: 'Jailbreak', enabled: false, blocking: false }], systemData: { lastModifiedBy },
});
const accepting = (finding, reason) => ({ accept: [{ finding, reason, until: '2099-12-24T00:00:00Z' }] });
// With this many accounts an inspection takes its time.
export const manyAccounts = () => [
  one('first', accounts(on(), { 'lab/first': {} })),
  one('many', accounts(on(), Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`lab/chat-${n}`, {}])))),
];
export const withAccounts = () => [
  one('chat-prod', accounts(on(), { 'prod/chat': {
    deployments: { answers: {}, drafts: { raiPolicyName: 'lenient' } },
    raiPolicies: { lenient: blind('alice@contoso.com') },
  } }), { owner: 'chat team' }),
  one('claims-assistant', accounts(on(), { 'prod/claims-with-a-name-as-long-as-azure-lets-people-give-to-one-acc': {
    defenderForAISettings: { state: 'Disabled', systemData: { lastModifiedBy: '5f0c7a52-91b4-4c0e-8a55-0f6f7a1d2c3b' } },
  } }), { owner: 'claims' }),
  one('red-team', accounts(on(), { 'lab/red-team': { deployments: { probe: { raiPolicyName: 'Microsoft.Nil' } } } }), {
    findings: accepting('ContentFilterOptedOut', 'attacks our own models'),
  }),
  one('sandbox', accounts(off, { 'lab/trial': {} }), { plan: 'off' }),
  one(QUOTES, accounts(on(), { 'prod/odd': {
    deployments: { [MARKUP]: { raiPolicyName: QUOTES, model: { format: 'OpenAI', name: MARKUP } } },
    raiPolicies: { [QUOTES]: blind(MARKUP) },
    defenderForAISettings: { state: 'Disabled', systemData: { lastModifiedBy: QUOTES } },
  }, 'prod/<b onmouseover=window.mark=1>': {} }), { owner: MARKUP, findings: accepting('AccountSwitchedOff', MARKUP) }),
];
