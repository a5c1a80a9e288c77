// The section of findings about the protection: what is reported and never changed. It is also shown
// if not all of the AI accounts can be seen, and until they were inspected for the first time.

import {Section} from './section.js';
import {h, hidden, number, plural, words} from './text.js';
import {ago, dateText, sinceNode} from './times.js';

export class Findings extends Section {
  // onCount(text): a line for the head of the page; '' for none.
  constructor(node, {onCount, ...rest}) {
    super(node, ['filter', 'kind'], rest);
    this.onCount = onCount;
  }

  query() {
    return `${super.query()}&finding=${this.at('kind').value}`;
  }

  async refresh() {
    const answer = await this.load('api/v1/findings');
    if (answer === null) return;
    const isFirst = answer.enabled && answer.lastRound === null;
    hidden(this.at('inputs'), answer.total === 0);
    this.say('progress', this.progress(answer));
    this.show(answer, {
      advice: this.accounts(answer.accounts),
      error: answer.denied ? `Not all of the AI accounts can be seen: the identity lacks the action ${answer.denied}.` : answer.failure,
      more: isFirst,
    });
    const open = Object.values(answer.byFinding).reduce((sum, count) => sum + count, 0);
    this.onCount(open === 0 ? '' : `${plural(open, 'finding')} about the protection`);
  }

  progress({enabled, lastRound, nextRound, round}) {
    if (!enabled) return '';
    const now = this.serverNow();
    if (lastRound !== null) return `Inspected ${ago(lastRound, now)}${nextRound && !round ? `, and again ${ago(nextRound, now)}` : ''}.`;
    if (round === null) return 'The first inspection of the AI accounts begins after the first sweep.';
    return `The first inspection of the AI accounts is in progress: ${number(round.inspected)} of ${plural(round.subscriptions, 'subscription')}.`;
  }

  accounts({protected: on, plan_off: planOff, switched_off: switchedOff, unknown}) {
    const total = on + planOff + switchedOff + unknown;
    if (total === 0) return '';
    const parts = [`${number(on)} of ${plural(total, 'AI account')} protected`];
    if (planOff > 0) parts.push(`${number(planOff)} in subscriptions whose plan is off`);
    if (switchedOff > 0) parts.push(`${number(switchedOff)} switched off`);
    if (unknown > 0) parts.push(`${number(unknown)} not known`);
    return `${parts.join(', ')}. Findings are reported and never changed.`;
  }

  row(item) {
    const by = item.lastModified?.by;
    return h('li', {},
        h('div', {class: 'who'}, h('strong', {}, item.name || item.subscriptionId), h('span', {class: 'id'}, item.resource)),
        h('div', {class: 'why'}, h('strong', {}, words(item.finding), item.accepted ? ' (accepted)' : null),
            h('span', {}, item.message, by ? `; last changed by ${by}` : null),
            h('span', {class: 'quiet'}, item.accepted ?
              `Accepted until ${dateText(item.accepted.until)}: ${item.accepted.reason}` : `What to do: ${item.advice}`)),
        sinceNode(item.since, this.serverNow()));
  }
}
