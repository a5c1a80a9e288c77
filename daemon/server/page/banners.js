// The messages above the list, the most severe first. Each says how many subscriptions it concerns, and
// links to them.

import {formatQuery, only} from './query.js';
import {h, number, plural, setContent, words} from './text.js';
import {clockNode, clockText} from './times.js';

// Their order on the page.
const ORDER = ['press', 'incidents', 'frozen', 'leadership', 'rollout', 'config', 'restart', 'confirm', 'credential', 'token', 'departed',
  'undeclared', 'observe', 'deadlines'];

// A message of the daemon, as a sentence.
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!]$/.test(text) ? '' : '.'}`;
const para = (title, ...rest) => h('p', {}, h('strong', {}, title), ' ', ...rest);

// A message of the daemon whose first sentence says what is wrong, and the others what to do, with `code`.
function advice(text) {
  const [what, ...todo] = text.split(/(?<=\.) /);
  return para(what, ...todo.join(' ').split('`').map((part, i) => (i % 2 === 1 ? h('code', {}, part) : part)));
}

// " Show the 12", or nothing if there is none.
function showLink(context, count, filters, what = count === 1 ? 'Show it' : `Show the ${number(count)}`) {
  if (count === 0) return null;
  return h('a', {href: `${formatQuery(only(context.query, filters))}#list`, 'data-key': what}, what);
}

function incidents({status, now, query}) {
  if (status.incidents.length === 0) return null;
  const tenant = (concerns) => /^tenant (\S+)$/.exec(concerns)?.[1] ?? '';
  return ['bad', ...status.incidents.flatMap((incident) => [
    para(incident.beforeRestart
      ? `${number(incident.subscriptions)} subscriptions failed for one cause before the restart, and not all were observed since: ${words(incident.reason)}.`
      : `${number(incident.subscriptions)} subscriptions fail for one cause: ${words(incident.reason)}.`,
    `Affected: ${incident.concerns}, since `, clockNode(incident.since, now), `. For example ${incident.examples.join(', ')}. `,
    showLink({query}, incident.beforeRestart ? 0 : incident.subscriptions, {reasons: new Set([incident.reason]), text: tenant(incident.concerns)})),
    h('p', {}, sentence(incident.message)),
  ])];
}

function frozen({status, now, query}) {
  const inForce = status.freezes.filter((freeze) => freeze.inForce);
  if (inForce.length === 0) return null;
  const waiting = status.byReason.Frozen ?? 0;
  return ['bad', ...inForce.map((freeze) => {
    const count = freeze.subscriptions === 0 ? 'no subscription' : freeze.subscriptions === 1 ? '1 subscription' : `${freeze.subscriptions} subscriptions`;
    const whose = freeze.owners.length > 0 ? ` of the subscriptions of ${freeze.owners.join(', ')} (${count})` : '';
    const until = freeze.ends ? `until ${clockText(freeze.ends, now)}` : 'until the freeze is removed';
    return para(`Writes${whose} are frozen ${until}.`, `${freeze.reason}${freeze.by ? ` (${freeze.by})` : ''}, since `, clockNode(freeze.since, now),
        `, by ${freeze.source === 'api' ? 'the API' : freeze.source}.${freeze.exceptEnable ? ' Protection may still be switched on.' : ''}`);
  }), h('p', {}, waiting === 0 ? 'No subscription waits for it.' : `${plural(waiting, 'subscription')} ${waiting === 1 ? 'waits' : 'wait'} for it. `,
      showLink({query}, waiting, {reasons: new Set(['Frozen'])}))];
}

// Where there are several replicas, and this one does not simply lead.
function leadership({status, now, query}) {
  const here = status.leadership;
  if (here === null || (here.leads && here.mayWrite)) return null;
  const failure = here.failure ? ` ${here.failure}` : '';
  const waiting = status.byReason.NotLeader ?? 0;
  const show = waiting > 0 ? [` ${plural(waiting, 'subscription')} ${waiting === 1 ? 'waits' : 'wait'} for it. `, showLink({query}, waiting, {reasons: new Set(['NotLeader'])})] : [];
  if (here.leads && here.leader === '') {
    return ['bad', para('Nothing is written here, and another replica may lead by now: this one cannot renew its lease.',
        `It continues to observe until it sees who holds the lease ${here.lease}.${failure}`, ...show)];
  }
  if (here.leads) {
    return ['bad', para('Nothing is written: this leader cannot renew its lease.',
        `It continues to observe, and writes again once the lease ${here.lease} is renewed.${failure}`, ...show)];
  }
  if (here.leader === '') {
    return ['bad', para(failure ? 'It is not known who leads.' : 'Nobody leads.', `The lease is ${here.lease}.${failure}`, ...show)];
  }
  const isAddress = /^https?:\/\//.test(here.leaderUrl);
  return ['note', para(`Standby since ${clockText(here.since, now)}.`, 'It observes nothing and writes nothing. The leader is ',
      isAddress ? h('a', {href: here.leaderUrl, rel: 'noreferrer'}, here.leader) : here.leader)];
}

function rollout({status, query}) {
  const {stopped, waves} = status.rollout;
  const pending = waves.reduce((sum, wave) => sum + wave.pending, 0);
  if (!stopped && (pending === 0 || waves.length < 2)) return null;
  const texts = waves.map((wave) => `wave ${wave.wave}: ${number(wave.subscriptions - wave.pending)} of ${number(wave.subscriptions)}` +
    (wave.failed > 0 ? `, ${number(wave.failed)} failing` : ''));
  const reasons = ['RolloutStopped', 'WaitsForEarlierWave', 'Paced'];
  const waiting = reasons.reduce((sum, reason) => sum + (status.byReason[reason] ?? 0), 0);
  const failing = waves.reduce((sum, wave) => sum + wave.failed, 0);
  return [stopped ? 'bad' : 'note',
    stopped ? advice(sentence(stopped)) : null,
    h('p', {}, `Rolled out: ${texts.join('; ')}. `,
        showLink({query}, waiting, {reasons: new Set(reasons)}, `Show the ${number(waiting)} that ${waiting === 1 ? 'waits' : 'wait'}`),
        waiting > 0 && failing > 0 ? ' ' : null,
        showLink({query}, failing, {states: new Set(['failing'])}, `Show the ${number(failing)} failing`))];
}

function config({status, now}) {
  const {error, errorSince, loaded} = status.config;
  if (!error) return null;
  return ['bad', para('The last edit of the configuration is not in force.',
      ...errorSince ? ['It has been bad since ', clockNode(errorSince, now), '. '] : [],
      ...loaded ? ['The last good configuration, of ', clockNode(loaded, now), ', stays in force.'] : ['The last good configuration stays in force.']),
  h('pre', {}, error)];
}

function restart({status}) {
  const keys = status.config.restartNeeded;
  if (keys.length === 0) return null;
  return ['note', para('Not all of the settings are in force: restart defenderd to apply these.', keys.join(', '))];
}

function confirm({status, query}) {
  if (!status.confirmCode) return null;
  const reasons = ['DisableBrake', 'EnableBrake'];
  const count = reasons.reduce((sum, reason) => sum + (status.byReason[reason] ?? 0), 0);
  if (count === 0 && status.rollout.stopped.includes(status.confirmCode)) return null;  // which its banner says
  return ['note', h('p', {}, h('strong', {}, `${count > 0 ? `Changes of ${plural(count, 'subscription')}` : 'Changes'} are held because they would switch many subscriptions at once.`),
      ' Check them; to confirm them, set ', h('code', {}, `safety.confirm: ${status.confirmCode}`), ' in the settings. ',
      showLink({query}, count, {reasons: new Set(reasons)}))];
}

const CREDENTIALS = {
  client_certificate: 'client certificate',
  federated_token: 'federated token',
  access_token: 'access token in the token file',
};

function credential({status, now}) {
  const {kind, expires, needsAttention} = status.credential ?? {};
  if (!needsAttention) return null;
  return ['bad', `The ${CREDENTIALS[kind]} ${Date.parse(expires) <= now ? 'expired' : 'expires'} on `, clockNode(expires, now),
    kind === 'client_certificate' ? ': make a new one, register it with the application, and replace the file.'
      : ': what writes its file has stopped renewing it.'];
}

function token({status, now}) {
  if (!status.tokenExpires || Date.parse(status.tokenExpires) >= now) return null;
  return ['bad', 'The access token has expired and could not be renewed: see the log.'];
}

function departed({status, now}) {
  const edits = status.departed.filter((edit) => edit.many);
  const away = edits.reduce((sum, edit) => sum + edit.away, 0);
  if (away === 0) return null;
  return ['bad', para(`${plural(away, 'subscription')} ${away === 1 ? 'was' : 'were'} removed from the desired state by an edit.`,
      'They are left as they are. If this is a mistake, declare them again; otherwise this message disappears within a day.'),
  h('pre', {}, edits.map((edit) => `${clockText(edit.at, now)}: ${number(edit.left)} of ${number(edit.declared)}, ` +
    `${edit.files ? `from ${edit.files}` : 'while defenderd was not running'}`).join('\n'))];
}

function observe({status}) {
  return status.observeOnly ? ['note', 'Observing only: defenderd was started with --observe and writes nothing.'] : null;
}

// What ends by itself.
function deadlines({status, now, query}) {
  const {ending, expired} = status.suspensions;
  const trials = status.freeTrials;
  const parts = [];
  if (expired > 0) {
    parts.push(`${number(expired)} declared ${expired === 1 ? 'suspension has' : 'suspensions have'} expired. `,
        showLink({query}, expired, {text: 'suspension expired'}), ' ');
  }
  if (ending > 0) {
    parts.push(`${number(ending)} ${ending === 1 ? 'suspension ends' : 'suspensions end'} within a day. `,
        showLink({query}, ending, {text: 'suspension ends'}), ' ');
  }
  if (trials.ending > 0) {
    parts.push(`${number(trials.ending)} free ${trials.ending === 1 ? 'trial ends' : 'trials end'} within five days, the first on `,
        clockNode(trials.firstEnd, now), ': from then on the plan is billed.');
  }
  return parts.length > 0 ? ['note', ...parts] : null;
}

const OF_STATUS = {incidents, frozen, leadership, rollout, config, restart, confirm, credential, token, departed, observe, deadlines};

export class Banners {
  constructor(node) {
    this.node = node;
  }

  // Shows one; kind null removes it.
  set(key, kind, ...content) {
    const id = `banner-${key}`;
    let banner = this.node.querySelector(`#${id}`);
    if (kind === null) {
      banner?.remove();
      return;
    }
    if (banner === null) {
      banner = h('div', {id});
      const later = [...this.node.children].find((other) => ORDER.indexOf(other.id.slice('banner-'.length)) > ORDER.indexOf(key));
      this.node.insertBefore(banner, later ?? null);
    }
    banner.className = `banner ${kind}`;
    setContent(banner, ...content.map((part) => (typeof part === 'string' && content.length === 1 ? h('p', {}, part) : part)));
  }

  draw(status, query, now) {
    for (const [key, banner] of Object.entries(OF_STATUS)) {
      this.set(key, ...banner({status, query, now}) ?? [null]);
    }
  }
}
