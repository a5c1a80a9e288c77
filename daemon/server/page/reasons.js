// The words for states and reasons, and whose turn it is.

import {clockText, DAY_MS} from './times.js';
import {h} from './text.js';

export const STATES = [
  {key: 'failing', word: 'Failing', sign: '✕', rank: 0},
  {key: 'contested', word: 'Contested', sign: '⇄', rank: 1},
  {key: 'held', word: 'Held', sign: '‖', rank: 2},
  {key: 'drifted', word: 'Drifted', sign: '≠', rank: 3},
  {key: 'unknown', word: 'Pending', sign: '?', rank: 4},
  {key: 'suspended', word: 'Suspended', sign: '☾', rank: 5},
  {key: 'in_sync', word: 'In sync', sign: '✓', rank: 6},
];
export const STATE = Object.fromEntries(STATES.map((state) => [state.key, state]));

export const KNOWN = {as_declared: 'as declared', different: 'different', not_known: 'not known'};

export function stateBadge(key) {
  const state = STATE[key] ?? {word: key, sign: '•'};
  return h('span', {class: `badge s-${key}`},
      h('span', {class: 'sign', 'aria-hidden': 'true'}, state.sign), state.word);
}

// Whose turn it is, and what to do or what it waits for. `owner`: whoever answers for the subscription.
// `operator`: whoever runs defenderd. What is not listed is the operator's.
const TURNS = {
  AsDeclared: ['none', ''],
  NotObservedYet: ['waits', 'for the first sweep'],
  ObserveMode: ['reported', ''],
  Suspended: ['waits', 'for the suspension to end'],
  NotLeader: ['waits', 'for the lease'],
  Frozen: ['waits', 'for the freeze to end'],
  Paced: ['waits', 'for the next sweep'],
  WaitsForEarlierWave: ['waits', 'and follows automatically'],
  FleetNotObserved: ['retried', 'when most of the fleet is observed'],
  ProviderRegistering: ['retried', 'until it is registered'],
  UpdateInProgress: ['retried', 'when Azure is ready'],
  Throttled: ['retried', 'when Azure allows'],
  ServerError: ['retried', 'until Azure recovers'],
  Timeout: ['retried', 'until Azure answers'],
  ConnectionFailed: ['retried', 'until Azure is reached'],
  DisableBrake: ['operator', 'check and confirm'],
  EnableBrake: ['operator', 'check and confirm'],
  RolloutStopped: ['operator', 'fix the failures'],
  UnknownTier: ['operator', 'check the tier'],
  AnswerTooLarge: ['operator', 'check the plan'],
  CredentialFailed: ['operator', 'renew the credential'],
  WrongTenant: ['operator', 'correct tenantId'],
  Unauthorized: ['operator', 'check clock and endpoints'],
  Forbidden: ['operator', 'assign the role'],
  SubscriptionNotFound: ['operator', 'check id and tenantId'],
  TlsFailed: ['operator', 'check proxy and CA'],
  MalformedAnswer: ['operator', 'check proxy and endpoints'],
  InvalidRequest: ['operator', 'report it'],
  InternalError: ['operator', 'report it'],
  Contested: ['owner', 'find what writes it'],
  ProviderNotRegistered: ['owner', 'register Microsoft.Security'],
  SubscriptionDisabled: ['owner', 'enable or remove it'],
  PlanNotOffered: ['owner', 'declare the plan off'],
  PolicyDenied: ['owner', 'exempt it from the policy'],
  ScopeLocked: ['owner', 'remove the lock'],
  ExtensionFailed: ['owner', 'see the requirement'],
  ChangeNotApplied: ['owner', 'find what writes it'],
};
const WORDS = {owner: 'owner', operator: 'operator', retried: 'retried', waits: 'waits', reported: 'only reported', none: ''};

export const turnOf = (reason) => (TURNS[reason] ?? ['operator'])[0];

// "owner: remove the lock", "waits for the lease"
export function turnText(reason) {
  const [turn, what] = TURNS[reason] ?? ['operator', 'see the message'];
  if (turn === 'none') return '';
  const isAction = turn === 'owner' || turn === 'operator';
  return `${WORDS[turn]}${isAction ? ': ' : ' '}${what}`.trim();
}

// "by alice@contoso.com, Azure portal, 14:02"; '' if no actor is known.
export function actorText(actor, now) {
  if (!actor || actor.kind === 'none' || !(actor.name || actor.client)) return '';
  return `by ${[actor.name, actor.client, actor.at && clockText(actor.at, now)].filter(Boolean).join(', ')}`;
}

// '' unless a suspension has expired or ends within a day.
export function suspensionText(until, now) {
  const left = until ? Date.parse(until) - now : Infinity;
  if (left <= 0) return 'suspension expired';
  return left <= DAY_MS ? 'suspension ends' : '';
}
