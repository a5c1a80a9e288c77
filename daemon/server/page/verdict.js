// The head of the page: is the fleet as declared, what is different, what is not known, whose turn it is.

import {KNOWN, STATES} from './reasons.js';
import {h, number, plural} from './text.js';
import {ago, clockNode, clockText, sinceNode, spanText} from './times.js';

const are = (count, one = 'is', many = 'are') => (count === 1 ? one : many);

// What a standby knows of the fleet.
function sharedStateText(shared, now) {
  if (shared.error && shared.saved === null) return `The shared state cannot be read: ${shared.error}`;
  if (shared.saved === null) return 'The leader has not saved any state yet';
  const {in_sync: inSync, ...others} = shared.byState;
  const differ = Object.values(others).reduce((sum, count) => sum + count, 0);
  return `${number(inSync)} of ${number(inSync + differ)} subscriptions were in sync when the leader last saved its state, ${ago(shared.saved, now)}` +
    (shared.error ? ` (it cannot be read now: ${shared.error})` : '');
}

// [kind, text] of the headline. `sums` are of all subscriptions.
export function verdict(status, sums, now) {
  const total = status.subscriptions;
  if (status.sharedState !== null) return ['', sharedStateText(status.sharedState, now)];
  if (total === 0) return ['', 'No subscription is declared or covered by a scope'];
  const {asDeclared, notKnown, lastKnown} = status.known;
  if (asDeclared === total) {
    return ['good', total === 1 ? 'The subscription is as declared' : `All ${number(total)} subscriptions are as declared`];
  }
  const wrong = sums.different.count;  // suspended ones may differ
  const of = `of ${plural(total, 'subscription')}`;
  if (wrong > 0) {
    return ['bad', `${number(wrong)} ${of} ${are(wrong)} not as declared` + (notKnown > 0 ? `, ${number(notKnown)} not known` : '')];
  }
  if (notKnown === 0) return ['good', `${number(asDeclared)} ${of} are as declared, ${number(total - asDeclared)} suspended`];
  if (notKnown === lastKnown.neverSeen && status.byState.failing === 0) {
    return ['', `${number(notKnown)} ${of} ${are(notKnown, 'has', 'have')} not been observed yet`];
  }
  return ['unsure', `${number(notKnown)} ${of} ${are(notKnown)} not known now` +
    (lastKnown.asDeclared > 0 ? `; ${number(lastKnown.asDeclared)} ${are(lastKnown.asDeclared, 'was', 'were')} as declared when last observed` : '')];
}

const isoOf = (time) => (time === Infinity ? null : new Date(time).toISOString());

function differentText({first, suspended}, now) {
  const since = isoOf(first);
  return [since && 'the oldest ', since && sinceNode(since, now), suspended > 0 ? `${since ? ', ' : ''}${number(suspended)} suspended` : null];
}

// What they were when they were last observed, and since when nothing newer is known of one.
function lastKnownText(status, sums, now) {
  const {asDeclared, different, neverSeen} = status.known.lastKnown;
  const seen = isoOf(sums.lastSeen);
  const parts = [[asDeclared, 'as declared'], [different, 'different'], [neverSeen, 'never observed']].filter(([count]) => count > 0)
      .map(([count, what]) => `${number(count)} ${what}`);
  return [`last known: ${parts.join(', ')}`, seen && ', observed ', seen && (asDeclared + different > 1 ? 'at or after ' : 'at '), seen && clockNode(seen, now)];
}

// The three truths, each a link that filters the list by it. `link(known)` is its address.
export function truths(status, sums, now, {link, active}) {
  if (status.sharedState !== null || status.subscriptions === 0) return [];
  const {asDeclared, different, notKnown} = status.known;
  const one = (key, count, more) => h('li', {class: `t-${key}${count === 0 ? ' none' : ''}`},
      h('a', {href: link(key), 'aria-current': active.has(key) ? 'true' : null},
          h('strong', {}, number(count)), ' ', KNOWN[key]),
      count > 0 && more.some(Boolean) ? h('span', {class: 'more-of'}, ...more.filter(Boolean)) : null);
  return [
    one('as_declared', asDeclared, []),
    one('different', different, differentText(sums.different, now)),
    one('not_known', notKnown, lastKnownText(status, sums, now)),
  ];
}

// What the leader's last state has besides those in sync; '' if there is nothing else.
export function othersText({byState}) {
  const others = STATES.filter(({key}) => key !== 'in_sync' && byState[key] > 0).map(({key, word}) => `${number(byState[key])} ${word.toLowerCase()}`);
  return others.length === 0 ? '' : `The others: ${others.join(', ')}`;
}

// "6 need action (operator 4, owners 2), 2 being retried; the oldest for 3 h"
export function turnSentence({turns: counts, firstTurn: first}, now) {
  const people = counts.owner + counts.operator;
  const who = [counts.operator > 0 && `operator ${number(counts.operator)}`, counts.owner > 0 && `${counts.owner === 1 ? 'owner' : 'owners'} ${number(counts.owner)}`]
      .filter(Boolean);
  const parts = [];
  if (people > 0) parts.push(`${number(people)} ${are(people, 'needs', 'need')} action (${who.join(', ')})`);
  if (counts.retried > 0) parts.push(`${number(counts.retried)} being retried`);
  if (counts.waits > 0) parts.push(`${number(counts.waits)} waiting`);
  if (counts.reported > 0) parts.push(`${number(counts.reported)} only reported`);
  if (first === Infinity) return parts.join(', ');
  return `${parts.join(', ')}; the oldest for ${spanText(Math.max(0, Math.round((now - first) / 1000)))}`;
}

// '' if no sweep is in progress that people wait for.
export function sweepText(sweep, retries, now) {
  if (!sweep || sweep.total === 0 || !sweep.first) return '';
  const left = sweep.secondsLeft === null ? '' : `, about ${spanText(sweep.secondsLeft)} left`;
  const rate = sweep.perMinute === null ? '' : `, ${number(sweep.perMinute)} a minute`;
  const failed = retries > 0 ? `; ${number(retries)} failed and will be retried` : '';
  return `First sweep since ${clockText(sweep.started, now)}: ${number(sweep.observed)} of ${number(sweep.total)} observed${rate}${left}${failed}.`;
}
