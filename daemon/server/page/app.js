// Polls the daemon: its status every few seconds, and the rows that changed since.

import {Details} from './details.js';
import {Findings} from './findings.js';
import {List} from './list.js';
import {Undeclared} from './undeclared.js';
import {freezeText, freezeTitle, h, hidden, leadershipBanner, refreshTimes, rolloutKind, rolloutTexts, setText, sharedStateText, spanText, STATES, timeNode, words} from './text.js';

const PERIOD_MS = 4000;
const PAGE = 10000;  // the most rows in one answer
// Reasons that end without action or that a retry may fix; all others need action.
const TRIED_AGAIN = new Set(['FleetNotObserved', 'ProviderRegistering', 'UpdateInProgress', 'Throttled',
  'ServerError', 'Timeout', 'ConnectionFailed']);

const at = (id) => document.getElementById(id);
let status = null;
let clockSkew = 0;  // the server's clock minus this machine's, in milliseconds
let seen = {started: null, desired: -1, board: 0};
let lastAnswer = null;

const serverNow = () => Date.now() + clockSkew;
const list = new List(at('list'), at('rows'), {onOpen: (id) => location.assign(`#/${id}`), serverNow});
const details = new Details(at('details'), {serverNow, onReconcile: (id, button) =>
  press(button, `-/reconcile?subscription=${encodeURIComponent(id)}`)});

const undeclared = new Undeclared(at('undeclared'), {getJson, serverNow, onNews: (kind, text) =>
  banner('undeclared', kind, text, ' ', h('a', {href: '#undeclared'}, 'Show them'))});

const findings = new Findings(at('findings'), {getJson, serverNow, onCount: (text) => {
  at('found').replaceChildren(...(text ? [`${text}: `, h('a', {href: '#findings'}, 'show them')] : []));
  hidden(at('found'), text === '');
}});

async function getJson(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

async function fetchRows() {
  const all = seen.started !== status.started || seen.desired !== status.desiredRevision;
  if (!all && seen.board === status.boardRevision) return;
  const items = [];
  let answer;
  do {
    const since = all ? 0 : seen.board;
    answer = await getJson(`api/v1/subscriptions?limit=${PAGE}&offset=${items.length}&since=${since}`);
    items.push(...answer.items);
  } while (items.length < answer.matched && answer.items.length > 0);
  // Changes made while several pages were loaded are requested again next time.
  seen = {started: status.started, desired: status.desiredRevision, board: status.boardRevision};
  list.update(items, all);
}

async function step() {
  try {
    status = await getJson('api/v1/status');
    clockSkew = Date.parse(status.now) - Date.now();
    await fetchRows();
    lastAnswer = Date.now();
    await details.refresh();
    await findings.refresh();
    await undeclared.refresh();
  } catch (error) {
    console.warn(error);  // the page shows it as well
  }
  drawHead();
}

async function press(button, path) {
  button.disabled = true;
  const before = button.textContent;
  try {
    const response = await fetch(path, {method: 'POST'});
    const text = (await response.text()).trim();
    button.textContent = response.ok ? 'Done' : 'Refused';
    const waits = response.status === 202 && path.endsWith('reload');
    banner('press', response.ok ? (waits ? 'note' : null) : 'bad', text);
  } catch {
    button.textContent = 'No answer';
  }
  await step();
  setTimeout(() => {
    button.textContent = before;
    button.disabled = false;
  }, 1500);
}

// A banner above the list; null removes it.
function banner(key, kind, ...content) {
  const id = `banner-${key}`;
  const old = at(id);
  const node = kind === null ? null : h('div', {id, class: `banner ${kind}`}, ...content);
  if (node === null) {
    old?.remove();
  } else if (old === null) {
    at('banners').append(node);
  } else if (old.textContent !== node.textContent || old.className !== node.className) {
    old.replaceWith(node);
  }
}

function verdict() {
  const total = status.subscriptions;
  if (status.sharedState !== null) return ['', sharedStateText(status.sharedState, serverNow())];
  if (total === 0) return ['', 'No subscription is declared or covered by a scope'];
  const {asDeclared, notKnown, lastKnown} = status.known;
  if (asDeclared === total) {
    return ['good', total === 1 ? 'The subscription is as declared' : `All ${total} subscriptions are as declared`];
  }
  let wrong = 0;  // suspended ones may differ
  for (const item of list.byId.values()) wrong += item.known === 'different' && item.state !== 'suspended' ? 1 : 0;
  const of = `of ${total} ${total === 1 ? 'subscription' : 'subscriptions'}`;
  const unseen = notKnown === lastKnown.neverSeen;
  if (wrong > 0) {
    return ['bad', `${wrong} ${of} ${wrong === 1 ? 'is' : 'are'} not as declared` + (notKnown > 0 ? `, ${notKnown} not known` : '')];
  }
  if (notKnown > 0 && unseen && status.byState.failing === 0) return ['', `${notKnown} ${of} ${notKnown === 1 ? 'has' : 'have'} not been observed yet`];
  if (notKnown > 0) {
    return ['bad', `${notKnown} ${of} ${notKnown === 1 ? 'is' : 'are'} not known now` +
      (lastKnown.asDeclared > 0 ? `; ${lastKnown.asDeclared} ${lastKnown.asDeclared === 1 ? 'was' : 'were'} as declared when last observed` : '')];
  }
  return ['good', `${asDeclared} ${of} are as declared, ${total - asDeclared} suspended`];
}

// How many need action or are being retried, and the age of the oldest.
function turn() {
  let waits = 0;
  let oldest = Infinity;
  for (const item of list.byId.values()) {
    if (['in_sync', 'unknown', 'suspended'].includes(item.state) || item.reason === 'NotLeader' || item.reason === 'Frozen' || item.reason === 'Paced' || item.reason === 'WaitsForEarlierWave') continue;
    if (TRIED_AGAIN.has(item.reason)) ++waits;
    oldest = Math.min(oldest, item.since);
  }
  if (oldest === Infinity) return '';
  const {failing, contested, held, drifted} = status.byState;
  const people = failing + contested + held + drifted - waits - (status.byReason.NotLeader ?? 0) - (status.byReason.Frozen ?? 0) - (status.byReason.Paced ?? 0) - (status.byReason.WaitsForEarlierWave ?? 0);
  const parts = [];
  if (people > 0) parts.push(`${people} ${people === 1 ? 'needs' : 'need'} action`);
  if (waits > 0) parts.push(`${waits} being retried`);
  return `${parts.join(', ')}; oldest ${spanText(Math.max(0, Math.round((serverNow() - oldest) / 1000)))}`;
}

function drawStates() {
  const group = at('states');
  if (group.childElementCount === 0) {
    for (const state of STATES) {
      const button = h('button', {type: 'button', class: `state s-${state.key}`, 'aria-pressed': 'false', 'data-state': state.key},
          h('span', {class: 'count'}, '0'), h('span', {}, state.word));
      button.addEventListener('click', () => {
        const on = !list.states.delete(state.key);
        if (on) list.states.add(state.key);
        button.setAttribute('aria-pressed', String(on));
        list.select();
        drawShown();
      });
      group.append(button);
    }
  }
  for (const button of group.children) {
    const count = status.byState[button.dataset.state];
    setText(button.querySelector('.count'), String(count));
    button.classList.toggle('none', count === 0);
  }
}

function drawShown() {
  const [shown, total] = [list.view.length, list.byId.size];
  setText(at('shown'), shown === total ? `${total}` : `${shown} of ${total}`);
  hidden(at('empty'), shown > 0);
  setText(at('empty'), status?.sharedState ? 'A standby lists no subscriptions: see the leader’s page.' : total === 0 ? 'Nothing is declared yet.' : 'Nothing matches this filter.');
}

// '' if the graph is not used.
function graphText(graph) {
  if (graph === null) return '';
  if (graph.lastPass === null) return 'not queried yet';
  return graph.message || `answers for all ${graph.subscriptions} subscriptions`;
}

const CREDENTIALS = {
  client_certificate: 'client certificate',
  federated_token: 'federated token',
  access_token: 'access token in the token file',
};

function credentialText(credential) {
  if (!credential) return '';
  const over = Date.parse(credential.expires) <= serverNow();
  return `The ${CREDENTIALS[credential.kind]} ${over ? 'expired' : 'expires'} on ${new Date(credential.expires).toLocaleString()}` +
    (credential.kind === 'client_certificate' ? ': make a new one, register it with the application, and replace the file.'
      : ': what writes its file has stopped renewing it.');
}

// What ends by itself: searching the list for “suspension” shows which.
function deadlineText(suspensions, trials) {
  const parts = [];
  const {ending, expired} = suspensions;
  if (expired > 0) parts.push(`${expired} declared ${expired === 1 ? 'suspension has' : 'suspensions have'} expired (search for “suspension expired”).`);
  if (ending > 0) parts.push(`${ending} ${ending === 1 ? 'suspension ends' : 'suspensions end'} within a day (search for “suspension ends”).`);
  if (trials.ending > 0) {
    parts.push(`${trials.ending} free ${trials.ending === 1 ? 'trial ends' : 'trials end'} within five days, the first on ` +
      `${new Date(trials.firstEnd).toLocaleString()}: from then on the plan is billed.`);
  }
  return parts.join(' ');
}

function drawFacts() {
  const now = serverNow();
  const config = status.config;
  const token = status.tokenExpires;
  const entries = [
    ['Last sweep', timeNode(status.lastSweep, now, 'first sweep in progress')],
    ['Next sweep', status.nextSweep && timeNode(status.nextSweep, now)],
    ['Azure Resource Graph', graphText(status.graph)],
    ['Configuration loaded', timeNode(config.loaded, now)],
    ['Desired state, settings', h('span', {}, h('code', {title: config.desiredHash}, config.desiredHash.slice(0, 8)), ' ',
        h('code', {title: config.settingsHash}, config.settingsHash.slice(0, 8)))],
    ['Token expires', token && timeNode(token, now)],
    ['Credential expires', status.credential && timeNode(status.credential.expires, now)],
    ['Remaining ARM quota', status.quotas.map((quota) =>
      `${quota.remaining} ${quota.kind.replace(/^x-ms-ratelimit-remaining-/, '').replaceAll('-', ' ')}`).join(', ')],
  ];
  at('facts').replaceChildren(...entries.filter((entry) => entry[1]).map(
      ([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

function drawHead() {
  const silent = lastAnswer === null || Date.now() - lastAnswer > 3 * PERIOD_MS;
  banner('silent', silent ? 'bad' : null, lastAnswer === null ? 'defenderd does not answer.' :
    `defenderd has not answered for ${spanText((Date.now() - lastAnswer) / 1000)}: this page shows the state of ${new Date(lastAnswer).toLocaleTimeString()}.`);
  if (status === null) return;
  const [kind, text] = verdict();
  at('verdict').className = kind;
  setText(at('verdict'), text);
  document.title = `${text} · defenderd`;
  setText(at('turn'), turn());
  hidden(at('turn'), at('turn').textContent === '');
  setText(at('about'), `${status.version} · up ${spanText(Math.max(0, Math.round((serverNow() - Date.parse(status.started)) / 1000)))}`);
  banner('observe', status.observeOnly ? 'note' : null,
      'Observing only: defenderd was started with --observe and writes nothing.');
  const leadership = leadershipBanner(status.leadership, serverNow());
  banner('leadership', leadership && leadership.kind, h('strong', {}, leadership?.title ?? ''), ` ${leadership?.text ?? ''}`,
      leadership?.url ? h('a', {href: leadership.url, rel: 'noreferrer'}, leadership.leader) : leadership?.leader ?? '');
  const frozen = status.freezes.filter((freeze) => freeze.inForce);
  banner('frozen', frozen.length > 0 ? 'bad' : null, ...frozen.map((freeze) => h('p', {}, h('strong', {}, freezeTitle(freeze)), ` ${freezeText(freeze)}`)));
  banner('rollout', rolloutKind(status.rollout), ...rolloutTexts(status.rollout).map((text) => h('p', {}, text)));
  banner('config', status.config.error ? 'bad' : null, h('strong', {}, 'The last edit of the configuration is not in force.'),
      h('pre', {}, status.config.error));
  const lasting = status.incidents;
  banner('incidents', lasting.length > 0 ? 'bad' : null, ...lasting.map((incident) => h('p', {},
      h('strong', {}, incident.subscriptions > 0
        ? `${incident.subscriptions} subscriptions fail for one cause: ${words(incident.reason)}.`
        : `${incident.most} subscriptions failed for one cause before the restart, and are not observed yet: ${words(incident.reason)}.`),
      ` ${incident.message} It concerns ${incident.concerns}, since ${new Date(incident.since).toLocaleString()}, for example ${incident.examples.join(', ')}.`)));
  const away = status.departed.filter((edit) => edit.many).reduce((sum, edit) => sum + edit.away, 0);
  banner('departed', away > 0 ? 'bad' : null, h('strong', {}, `${away} ${away === 1 ? 'subscription' : 'subscriptions'} ${away === 1 ? 'was' : 'were'} removed from the desired state by an edit.`),
      ' They are left as they are. If this is a mistake, declare them again; otherwise this message disappears within a day.',
      h('pre', {}, status.departed.filter((edit) => edit.many).map((edit) =>
        `${new Date(edit.at).toLocaleString()}: ${edit.left} of ${edit.declared}, ${edit.files ? `from ${edit.files}` : 'while defenderd was not running'}`).join('\n')));
  banner('token', status.tokenExpires && Date.parse(status.tokenExpires) < serverNow() ? 'bad' : null,
      'The access token has expired and could not be renewed: see the log.');
  const credential = status.credential;
  banner('credential', credential?.needsAttention ? 'bad' : null, credentialText(credential));
  banner('deadlines', status.suspensions.ending + status.suspensions.expired + status.freeTrials.ending > 0 ? 'note' : null,
      deadlineText(status.suspensions, status.freeTrials));
  banner('confirm', status.confirmCode ? 'note' : null, 'Changes are held because they would switch many subscriptions at once. ' +
      'Check them (state “Held”); to confirm them, set ', h('code', {}, `safety.confirm: ${status.confirmCode}`), ' in the settings.');
  hidden(at('actions'), !status.lifecycle || status.sharedState !== null);
  drawStates();
  drawFacts();
  drawShown();
  refreshTimes(at('rows'), serverNow());
}

function followAddress() {
  const id = location.hash.startsWith('#/') ? decodeURIComponent(location.hash.slice(2)) : '';
  if (id) details.open(id, status?.lifecycle ?? false);
  else if (details.dialog.open) details.dialog.close();
}

at('filter').addEventListener('input', (event) => {
  list.text = event.target.value;
  list.select();
  drawShown();
});
at('sort').addEventListener('change', (event) => {
  list.order = event.target.value;
  list.select();
});
at('reconcile-all').addEventListener('click', (event) => press(event.currentTarget, '-/reconcile'));
at('reload').addEventListener('click', (event) => press(event.currentTarget, '-/reload'));
addEventListener('hashchange', followAddress);
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.matches('input, select, textarea') || details.dialog.open) return;
  event.preventDefault();
  at('filter').focus();
});

// One step at a time, a period apart; none while the page is hidden.
async function follow() {
  if (!document.hidden) await step();
  setTimeout(follow, PERIOD_MS);
}
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) step();
});
await step();
followAddress();
setTimeout(follow, PERIOD_MS);
