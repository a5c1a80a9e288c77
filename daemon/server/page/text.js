// Texts and small helpers that the other files share. Text always becomes text nodes: names and reasons
// come from files and from Azure, and are never markup.

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

// h('p', {class: 'x'}, 'text', otherNode): skips null children.
export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function stateBadge(key) {
  const state = STATE[key] ?? {word: key, sign: '•'};
  return h('span', {class: `badge s-${key}`},
      h('span', {class: 'sign', 'aria-hidden': 'true'}, state.sign), state.word);
}

// "3 min ago", "in 2 h", seen from `now` (the server's time, in milliseconds).
export function ago(iso, now) {
  if (!iso) return 'never';
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  const span = spanText(Math.abs(seconds));
  if (Math.abs(seconds) < 5) return 'now';
  return seconds < 0 ? `in ${span}` : `${span} ago`;
}

export function spanText(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

// "for 3 min".
function lasting(iso, now) {
  return `for ${spanText(Math.max(0, Math.round((now - Date.parse(iso)) / 1000)))}`;
}

export function timeNode(iso, now, absent = 'never') {
  if (!iso) return h('span', {class: 'quiet'}, absent);
  return h('time', {datetime: iso, title: new Date(iso).toLocaleString()}, ago(iso, now));
}

export function sinceNode(iso, now) {
  return h('time', {datetime: iso, title: `since ${new Date(iso).toLocaleString()}`, class: 'lasting'}, lasting(iso, now));
}

// Updates the texts of all times.
export function refreshTimes(root, now) {
  for (const node of root.getElementsByTagName('time')) {
    const iso = node.getAttribute('datetime');
    setText(node, node.className === 'lasting' ? lasting(iso, now) : ago(iso, now));
  }
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;  // otherwise a screen reader repeats it
}

// "by alice@contoso.com, Azure portal, 14:02"; '' if nobody is named.
export function actorText(actor, now) {
  if (!actor || actor.kind === 'none') return '';
  const at = actor.at ? new Date(actor.at) : null;
  const isRecent = at && now - at.getTime() < 86400e3;
  const time = at && (isRecent ? at.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'}) : at.toLocaleString());
  return `by ${[actor.name, actor.client, time].filter(Boolean).join(', ')}`;
}

// "DisableBrake" -> "Disable brake"
// Of a freeze that is in force.
export function freezeTitle(freeze) {
  const whose = freeze.owners.length > 0 ? ` of the subscriptions of ${freeze.owners.join(', ')}` : '';
  return `Writes${whose} are frozen ${freeze.ends ? `until ${new Date(freeze.ends).toLocaleString()}` : 'until the freeze is removed'}.`;
}

export function freezeText(freeze) {
  return `${freeze.reason}${freeze.by ? ` (${freeze.by})` : ''}, since ${new Date(freeze.since).toLocaleString()}` +
    `, by ${freeze.source === 'api' ? 'the API' : freeze.source}.` +
    (freeze.exceptEnable ? ' Protection may still be switched on.' : '');
}

// null: there is nothing to show.
export function rolloutKind(rollout) {
  const pending = rollout.waves.reduce((sum, wave) => sum + wave.pending, 0);
  if (rollout.stopped) return 'bad';
  return pending > 0 && rollout.waves.length > 1 ? 'note' : null;
}

export function rolloutTexts(rollout) {
  const waves = rollout.waves.map((wave) => `wave ${wave.wave}: ${wave.subscriptions - wave.pending} of ${wave.subscriptions}` +
    (wave.failed > 0 ? `, ${wave.failed} failing` : ''));
  return [...(rollout.stopped ? [`${rollout.stopped}.`] : []), `Rolled out: ${waves.join('; ')}.`];
}

export function words(reason) {
  const spaced = reason.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

// "P12DT3H" -> "12 days"; any other text is returned unchanged.
export function durationText(iso) {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/.exec(iso ?? '');
  if (!found) return iso;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  const total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
  return total === 0 ? 'none' : spanText(total);
}

// The observed value, and the declared one if it differs.
export function valueNode(observed, desired) {
  if (observed === undefined) return h('span', {class: 'quiet'}, 'not observed yet');
  if (desired === null || desired === undefined) {
    return h('span', {class: 'quiet'}, `${observed} (not managed)`);
  }
  if (observed === desired) return h('span', {}, observed);
  return h('span', {class: 'differs'}, h('span', {class: 'sr'}, 'is '), observed,
      h('span', {'aria-hidden': 'true'}, ' → '), h('span', {class: 'sr'}, ', declared '), desired);
}

export function hidden(node, yes) {
  node.hidden = yes;
}

// The title and the text of the banner about leadership; null where there is nothing to say.
export function leadershipBanner(leadership, now) {
  if (leadership === null || (leadership.leads && leadership.mayWrite)) return null;
  const failure = leadership.failure ? ` ${leadership.failure}` : '';
  if (leadership.leads) {
    return {kind: 'bad', title: 'Nothing is written: this leader cannot renew its lease.',
      text: `It goes on observing, and writes again once the lease ${leadership.lease} is renewed.${failure}`};
  }
  const since = spanText(Math.max(0, Math.round((now - Date.parse(leadership.since)) / 1000)));
  if (leadership.leader === '') {
    return {kind: 'bad', title: failure ? 'It is not known who leads.' : 'Nobody leads.', text: `The lease is ${leadership.lease}.${failure}`};
  }
  return {kind: 'note', title: `Standby for ${since}.`, text: 'It observes nothing and writes nothing. The leader is ', leader: leadership.leader,
    url: /^https?:\/\//.test(leadership.leaderUrl) ? leadership.leaderUrl : ''};
}

// What a standby knows of the fleet.
export function sharedStateText(shared, now) {
  if (shared.error && shared.saved === null) return `The shared state cannot be read: ${shared.error}`;
  if (shared.saved === null) return 'The leader has not saved any state yet';
  const {in_sync: inSync, ...others} = shared.byState;
  const differ = Object.values(others).reduce((sum, count) => sum + count, 0);
  const age = spanText(Math.max(0, Math.round((now - Date.parse(shared.saved)) / 1000)));
  return `${inSync} of ${inSync + differ} subscriptions were in sync when the leader last saved its state, ${age} ago` +
    (shared.error ? ` (it cannot be read now: ${shared.error})` : '');
}
