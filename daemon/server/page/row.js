// A row of the list, and what sorting and searching need of a subscription.

import {actorText, stateBadge, suspensionText, turnText} from './reasons.js';
import {h, valueNode, words} from './text.js';
import {bothZones, DAY_MS, timeNode, withClockTexts} from './times.js';

// Adds values that sorting and filtering need repeatedly.
export function prepared(item, now) {
  item.since = Date.parse(item.stateSince);
  item.change = item.lastChange ? Date.parse(item.lastChange) : 0;
  item.sortName = (item.name || item.id).toLowerCase();
  item.sortOwner = (item.owner ?? '').toLowerCase();
  const actor = item.lastActor?.actor;
  item.suspension = suspensionText(item.suspendedUntil, now);
  item.haystack = [item.name, item.id, item.reason, words(item.reason), item.message, item.owner, item.suspension, item.source,
    item.tenantId, item.mode, actor?.name, actor?.client, ...tagsOf(item)].join('\n').toLowerCase();
  return item;
}

// What the list shows or searches of a subscription. The times of its observations are no part of it.
const SHOWN = ['state', 'stateSince', 'reason', 'message', 'known', 'lastKnown', 'name', 'owner', 'mode', 'suspendedUntil', 'lastChange', 'source', 'tenantId'];
const textOf = ({desired, observed, lastActor, tags, known, lastObserved}) =>
  JSON.stringify([desired, observed, lastActor, tags, known === 'not_known' && lastObserved]);

// Whether its row and the counts stay as they are.
export const looksAlike = (a, b) => SHOWN.every((key) => a[key] === b[key]) && textOf(a) === textOf(b);

// "env=prod"
export const tagsOf = (item) => Object.entries(item.tags ?? {}).map(([name, value]) => `${name}=${value}`);

// A message without what the row says anyway.
function shortMessage(item, now) {
  const text = item.message.replaceAll(`/subscriptions/${item.id}`, 'this subscription').replace(/^(held|not corrected): /, '');
  return withClockTexts(text, now);
}

// What a row says beside its reason: who changed it, for a day after it was corrected, and the message.
function explanation(item, now) {
  const isOver = item.state === 'in_sync';
  const isOld = isOver && now - Date.parse(item.lastActor?.seen) > DAY_MS;
  const by = isOld ? '' : actorText(item.lastActor?.actor, now);
  if (isOver) return by && `Was changed ${by}`;
  const message = shortMessage(item, now);
  return by && message ? `Changed ${by}: ${message}` : by ? `Changed ${by}` : message;
}

const label = (text) => h('span', {class: 'label', 'aria-hidden': 'true'}, text);
const cell = (name, ...content) => h('div', {role: 'cell', class: `c-${name}`}, ...content);

const MODES = {observe: 'observe: drift is reported, not corrected', enforce: 'enforce: drift is corrected'};

export function rowNode(item, now) {
  const text = explanation(item, now);
  const turn = item.state === 'in_sync' ? '' : turnText(item.reason);
  return h('div', {role: 'row', class: `row r-${item.state}`},
      cell('state', stateBadge(item.state)),
      cell('name', h('a', {href: `#/${item.id}`, title: item.name}, item.name || item.id),
          item.mode === 'observe' ? h('span', {class: 'tag', title: MODES.observe}, 'observe') : null,
          item.suspension ? h('span', {class: 'tag', title: bothZones(item.suspendedUntil)}, item.suspension) : null,
          h('span', {class: 'id'}, item.id)),
      cell('owner', item.owner ? label('Owner ') : null, h('span', {title: item.owner}, item.owner ?? '')),
      cell('plan', label('Plan '), valueNode(item.observed?.plan, item.desired.plan)),
      cell('evidence', label('Evidence '), valueNode(item.observed?.promptEvidence, item.desired.promptEvidence)),
      cell('why', h('p', {class: 'reason'}, h('strong', {}, words(item.reason)), turn ? h('span', {class: 'turn'}, turn) : null),
          text ? h('p', {class: 'text', title: text}, text) : null),
      cell('since', label('Since '), timeNode(item.stateSince, now)),
      cell('change', label('Changed '), timeNode(item.lastChange, now, 'none yet')));
}
