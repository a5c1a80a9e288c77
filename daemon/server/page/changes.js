// What happened: the feed of the whole fleet, and the history of one subscription.

import {actorText} from './reasons.js';
import {h, words} from './text.js';
import {sinceNode, spanText, timeNode, withTimes} from './times.js';

// [the word, the class of its colour]
const EVENTS = {
  drift: ['Drift', 'drift'],
  applied: ['Corrected', 'applied'],
  failed: ['Failed', 'failed'],
  withheld: ['Held', 'withheld'],
  unknown: ['Outcome unknown', 'unknown'],
  ended: ['As declared again', 'applied'],
  left: ['No longer declared', 'edited'],
  finding: ['Finding', 'drift'],
  finding_ended: ['Finding ended', 'applied'],
  confirmed: ['Confirmed', 'withheld'],
  edited: ['Edited', 'edited'],
  freeze: ['Frozen', 'withheld'],
  thaw: ['Thawed', 'applied'],
  leads: ['Leads', 'edited'],
  gap: ['Gap', 'failed'],
};

// How long it was not as declared, or has not been until now.
function durationOf(item, now) {
  const isDrift = item.event === 'drift';
  if (item.durationSeconds !== undefined) return [`${isDrift ? 'lasted' : 'after'} ${spanText(item.durationSeconds)}`];
  return isDrift && item.since ? ['lasts ', sinceNode(item.since, now)] : [];
}

// Who: the actor in Azure, the person who ran apply, or defenderd itself.
function whoOf(item, now) {
  const actor = actorText(item.actor && {...item.actor, at: undefined}, now);
  if (item.event === 'drift') return actor || 'by somebody unknown';
  const writer = item.by ? `written by ${item.by}` : item.result === 'applied' ? 'written by defenderd' : '';
  const drifted = actor && (item.event === 'correction' || item.event === 'ended') ? `changed ${actor}` : actor;
  return [writer, drifted].filter(Boolean).join('; ');
}

// A drift also ends when its subscription is no longer declared.
const hasLeft = (item) => item.event === 'ended' && item.message?.startsWith('no longer declared');

export function feedItem(item, now) {
  const event = hasLeft(item) ? 'left' : item.event === 'correction' ? item.result : item.event;
  const [word, kind] = EVENTS[event] ?? [item.event, 'edited'];
  const values = item.field && (item.from && item.to ? `${item.field} ${item.from} → ${item.to}` : item.field);
  const isFinding = item.event.startsWith('finding');
  const notes = [item.reason && (isFinding || item.result !== 'applied') ? words(item.reason) : '', item.message].filter(Boolean).join(': ');
  const also = [item.confirmedBy && `confirmed by ${item.confirmedBy}`, item.commit && `commit ${item.commit.slice(0, 12)}`, item.replica && `on ${item.replica}`]
      .filter(Boolean).join(', ');
  return h('li', {},
      timeNode(item.at, now),
      h('div', {class: 'what'}, h('strong', {class: `result-${kind}`}, word), ' ',
          item.subscriptionId ? h('a', {href: `#/${item.subscriptionId}`, 'data-key': `${item.at} ${item.event} ${item.subscriptionId}`}, item.name || item.subscriptionId) : null,
          values ? h('span', {class: 'nowrap'}, ` ${values}`) : null,
          h('span', {class: 'quiet'}, ...[[whoOf(item, now)], durationOf(item, now), [also]].filter(([first]) => first).flatMap((part) => [' · ', ...part])),
          notes ? h('p', {class: 'quiet'}, ...withTimes(notes, now)) : null));
}

const why = (change) => [change.reason && words(change.reason), change.message].filter(Boolean).join(': ');

// One group for the changes of one request, and for consecutive attempts with the same result.
function grouped(changes) {
  const groups = [];
  for (const change of changes) {
    const key = [change.result, change.maybeApplied, why(change), change.result === 'applied' && change.requestId].join('\n');
    if (groups.at(-1)?.key !== key) groups.push({key, newest: change, tries: new Map()});
    const {tries} = groups.at(-1);
    const text = change.to ? `${change.field} ${change.from} → ${change.to}` : change.field;
    tries.set(text, [...tries.get(text) ?? [], change]);
  }
  return groups;
}

// Who changed it in Azure, and how long it was not as declared.
function circumstances(entry, now) {
  if (entry.result === 'attributed' && entry.message) return '';  // which says it
  const actor = actorText({kind: entry.actorKind, name: entry.actor, client: entry.client, at: entry.happened}, now);
  const seconds = entry.durationSeconds ?? (entry.result === 'applied' && entry.since ? (Date.parse(entry.time) - Date.parse(entry.since)) / 1000 : undefined);
  const lasted = seconds === undefined ? '' : `${entry.result === 'attributed' ? 'not as declared for' : 'after'} ${spanText(Math.max(0, seconds))}`;
  return [actor && (entry.result === 'applied' || entry.result === 'ended' ? `changed ${actor}` : actor), lasted].filter(Boolean).join('; ');
}

// Changes of one subscription; `list` starts with the newest.
export function changes(title, list, now) {
  if (list.length === 0) return null;
  return h('section', {class: 'changes'}, h('h3', {}, title), h('ol', {}, ...grouped(list).map(({newest, tries}) => {
    const texts = [...tries.keys()].reverse();  // the plan before its extensions
    const times = tries.get(texts[0]);
    const reason = newest.result === 'applied' ? '' : why(newest);
    const more = circumstances(newest, now);
    return h('li', {},
        h('p', {class: 'what'},
            h('strong', {class: `result-${newest.result}`}, newest.maybeApplied ? 'outcome unknown' : newest.result), ' ',
            ...texts.flatMap((text, i) => [i === 0 ? null : ', ', h('span', {class: 'nowrap'}, text)]),
            newest.time && h('span', {class: 'when'}, ' ', timeNode(newest.time, now),
                times.length > 1 ? `, ${times.length} times since ` : null,
                times.length > 1 ? timeNode(times.at(-1).time, now) : null)),
        more ? h('p', {}, more) : null,
        reason ? h('p', {class: 'message'}, ...withTimes(reason, now)) : null,
        newest.requestId ? h('p', {class: 'quiet'}, 'request id ', h('code', {}, newest.requestId)) : null);
  })));
}
