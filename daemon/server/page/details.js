// All about one subscription, in a dialog with its own address: #/<id>.

import {changes} from './changes.js';
import {actorText, stateBadge, turnText} from './reasons.js';
import {tagsOf} from './row.js';
import {h, table, valueNode, words} from './text.js';
import {clockText, dueNode, durationText, refreshTimes, sinceNode, timeNode, withClockTexts, withTimes} from './times.js';

function facts(entries) {
  return h('dl', {class: 'facts'}, ...entries.filter((entry) => entry && entry[1]).map(
      ([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

function values(one) {
  const names = new Set([...Object.keys(one.declaredExtensions), ...Object.keys(one.observedExtensions)]);
  const rows = [['plan', valueNode(one.observed?.plan, one.desired.plan)]];
  for (const name of [...names].sort()) {
    const seen = one.observed ? one.observedExtensions[name] ?? 'off' : undefined;
    rows.push([name, valueNode(seen, one.desired.plan === 'on' ? one.declaredExtensions[name] : null)]);
  }
  return table('Current values', ['setting', 'value'], rows);
}

// After a restart the board has no last change, but the journal may.
function lastChange(one) {
  return one.lastChange ?? one.history.find((entry) => entry.result === 'applied')?.time;
}

// All that is known of who changed it last.
function actorNode(last, now) {
  if (!last) return null;
  const {actor} = last;
  const fields = last.fields.join(', ');
  if (actor.kind === 'none') return `${fields}: ${actor.message}`;
  return h('span', {}, `${fields} ${actorText(actor, now)}`, actor.address ? ` from ${actor.address}` : null,
      actor.correlationId ? h('span', {class: 'quiet'}, ' correlation id ', h('code', {}, actor.correlationId)) : null);
}

const VERDICTS = {
  shielded: 'yes, and blocked',
  annotate_only: 'yes, not blocked',
  opted_out: 'lost',
  unknown: 'not known',
  not_applicable: 'does not apply',
};

// A row for each deployment, or for an account without any.
function accountRows(accounts) {
  return accounts.flatMap((account) => {
    const start = [account.name, account.denied ? `not permitted: ${account.denied}` : account.defender];
    if (account.deployments.length === 0) return [[...start, '', '', '', '']];
    return account.deployments.map((one) => [...start, one.name, one.model, one.contentFilter, VERDICTS[one.verdict]]);
  });
}

function body(one, now, lifecycle, onReconcile) {
  const button = lifecycle ? h('button', {type: 'button'}, 'Reconcile now') : null;
  button?.addEventListener('click', () => onReconcile(one.id, button));
  const suspend = one.suspend ?
    `until ${clockText(one.suspend.until, now)}` +
      (one.suspend.reason ? `: ${one.suspend.reason}` : '') +
      (one.suspend.by ? ` (${one.suspend.by})` : '') : null;
  return [
    h('p', {class: 'lead'}, stateBadge(one.state), ' ', sinceNode(one.stateSince, now)),
    h('p', {class: 'message'}, h('strong', {}, words(one.reason)), ...one.state === 'in_sync' ? [] : [': ', ...withTimes(one.message, now)]),
    one.state !== 'in_sync' && turnText(one.reason) ? h('p', {class: 'turn'}, `Next: ${turnText(one.reason)}`) : null,
    one.known === 'not_known' && one.lastKnown !== 'never_seen' ?
      h('p', {class: 'message'}, `Not known now; ${one.lastKnown === 'as_declared' ? 'as declared' : 'different'} when last observed, `,
          timeNode(one.lastObserved, now), '.') : null,
    button,
    facts([
      ['Id', h('code', {}, one.id)],
      ['Tenant', one.tenantId && h('code', {}, one.tenantId)],
      ['Mode', one.mode === 'enforce' ? 'enforce: drift is corrected' : 'observe: drift is only reported'],
      ['Reason', one.declaredReason],
      ['Owner', one.owner],
      ['Declared in', one.source && h('code', {}, one.source)],
      ['Tags', tagsOf(one).join(', ')],
      ['Suspended', suspend],
      ['Last observed', one.observedBy === 'graph' ?
        h('span', {}, timeNode(one.lastObserved, now), ' by Azure Resource Graph') : timeNode(one.lastObserved, now)],
      ['Last direct read', one.observedBy === 'graph' && timeNode(one.lastObservedDirectly, now, 'not yet')],
      ['Last attempt', timeNode(one.lastAttempt, now)],
      [one.observedBy === 'graph' ? 'Next direct read' : 'Next check', one.nextDue ? dueNode(one.nextDue, now) : 'not scheduled'],
      ['Last change', timeNode(lastChange(one), now, 'none recorded')],
      ['Changed by', actorNode(one.lastActor, now)],
      ['Consecutive failures', one.consecutiveFailures > 0 ? String(one.consecutiveFailures) : null],
      ['Coverage', one.coverage && words(one.coverage)],
      ['Free trial remaining', durationText(one.freeTrialRemaining)],
      ['Switched on by the service', one.switchedOnByService.join(', ')],
    ]),
    values(one),
    table('Drift', ['field', 'observed', 'declared', 'since', 'changed'], one.drift.map((drift) => [
      drift.field, drift.observed, drift.desired, timeNode(drift.since, now), actorText(drift.actor, now)])),
    table('Findings', ['finding', 'what it means', 'since'], one.findings.map((finding) => [
      words(finding.finding) + (finding.accepted ? ' (accepted)' : ''), finding.message, timeNode(finding.since, now)])),
    table('AI accounts', ['account', 'Defender', 'deployment', 'model', 'content filter', 'jailbreak alerts'], accountRows(one.aiAccounts)),
    changes('Pending and failed changes', one.pendingChanges.toReversed(), now),
    changes('History', one.history, now),
    table('Conditions', ['type', 'status', 'reason', 'since', 'message'], one.conditions.map((c) => [
      c.type, c.status, c.reason, timeNode(c.lastTransitionTime, now), withClockTexts(c.message, now)])),
    Object.keys(one.trace).length > 0 ? facts([
      ['Request id', one.trace.requestId && h('code', {}, one.trace.requestId)],
      ['Correlation id', one.trace.correlationId && h('code', {}, one.trace.correlationId)],
      ['Client request id', one.trace.clientRequestId && h('code', {}, one.trace.clientRequestId)],
    ]) : null,
  ].filter((node) => node !== null);
}

export class Details {
  constructor(dialog, {serverNow, onReconcile}) {
    this.dialog = dialog;
    this.title = dialog.querySelector('#details-title');
    this.body = dialog.querySelector('#details-body');
    this.serverNow = serverNow;
    this.onReconcile = onReconcile;
    this.id = null;
    this.shown = '';
    dialog.querySelector('#close').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();  // beside the panel
    });
    dialog.addEventListener('close', () => {
      const id = this.id;
      this.id = null;
      history.replaceState(null, '', `${location.pathname}${location.search}`);
      document.querySelector(`a[href="#/${CSS.escape(id ?? '')}"]`)?.focus({preventScroll: true});
    });
  }

  async open(id, lifecycle) {
    this.id = id;
    this.lifecycle = lifecycle;
    this.shown = '';
    this.title.textContent = id;
    this.body.replaceChildren(h('p', {class: 'quiet'}, 'Loading …'));
    if (!this.dialog.open) this.dialog.showModal();
    await this.refresh();
  }

  // Only redraws after a change, which preserves the selection and the focus.
  async refresh() {
    const id = this.id;
    if (id === null) return;
    const response = await fetch(`api/v1/subscriptions/${encodeURIComponent(id)}`);
    const text = await response.text();
    if (this.id !== id) return;
    if (text === this.shown) return refreshTimes(this.body, this.serverNow());
    this.shown = text;
    if (!response.ok) {
      this.body.replaceChildren(h('p', {class: 'message'}, JSON.parse(text).error));
      return;
    }
    const one = JSON.parse(text);
    this.title.textContent = one.name || one.id;
    this.body.replaceChildren(...body(one, this.serverNow(), this.lifecycle, this.onReconcile));
  }
}
