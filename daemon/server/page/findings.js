// The section of findings about the protection: what is reported and never changed. It is only shown if
// there are some, or if not all of the AI accounts can be seen.

import {h, hidden, refreshTimes, setText, sinceNode, words} from './text.js';

const SHOWN = 200;  // rows; the filter finds the others

export class Findings {
  // onCount(text): a line for the head of the page; '' for none.
  constructor(section, {getJson, serverNow, onCount}) {
    this.section = section;
    this.getJson = getJson;
    this.serverNow = serverNow;
    this.onCount = onCount;
    this.drawn = '';  // the rows that are shown
    this.at = (name) => section.querySelector(`#findings-${name}`);
    for (const name of ['filter', 'kind']) {
      this.at(name).addEventListener('input', () => this.refresh().catch((error) => console.warn(error)));
    }
  }

  query() {
    return `limit=${SHOWN}&q=${encodeURIComponent(this.at('filter').value.trim())}&finding=${this.at('kind').value}`;
  }

  async refresh() {
    const query = this.query();
    const answer = await this.getJson(`api/v1/findings?${query}`);
    if (query !== this.query()) return;  // typed on meanwhile
    const problem = answer.denied ? `Not all of the AI accounts can be seen: the identity lacks the action ${answer.denied}.` : answer.failure;
    hidden(this.section, answer.total === 0 && problem === '');
    setText(this.at('shown'), answer.items.length === answer.total ? `${answer.total}` : `${answer.items.length} of ${answer.total}`);
    setText(this.at('error'), problem);
    hidden(this.at('error'), problem === '');
    setText(this.at('advice'), this.accounts(answer.accounts));
    hidden(this.at('empty'), answer.total === 0 || answer.items.length > 0);
    const open = Object.values(answer.byFinding).reduce((sum, count) => sum + count, 0);
    this.onCount(open === 0 ? '' : `${open} ${open === 1 ? 'finding' : 'findings'} about the protection`);
    this.draw(answer.items);
  }

  accounts({protected: on, plan_off: planOff, switched_off: switchedOff, unknown}) {
    const total = on + planOff + switchedOff + unknown;
    if (total === 0) return '';
    const parts = [`${on} of ${total} AI ${total === 1 ? 'account' : 'accounts'} protected`];
    if (planOff > 0) parts.push(`${planOff} in subscriptions whose plan is off`);
    if (switchedOff > 0) parts.push(`${switchedOff} switched off`);
    if (unknown > 0) parts.push(`${unknown} not known`);
    return `${parts.join(', ')}. Findings are reported and never changed.`;
  }

  // Unchanged rows stay, which preserves the user's selection.
  draw(items) {
    const drawn = JSON.stringify(items);
    if (drawn === this.drawn) {
      refreshTimes(this.at('rows'), this.serverNow());
      return;
    }
    this.drawn = drawn;
    this.at('rows').replaceChildren(...items.map((item) => this.row(item)));
  }

  row(item) {
    const by = item.lastModified?.by;
    return h('li', {},
        h('div', {class: 'who'}, h('strong', {}, item.name || item.subscriptionId), h('span', {class: 'id'}, item.resource)),
        h('div', {class: 'why'}, h('strong', {}, words(item.finding), item.accepted ? ' (accepted)' : null),
            h('span', {}, item.message, by ? `; last changed by ${by}` : null),
            h('span', {class: 'quiet'}, item.accepted ?
              `Accepted until ${new Date(item.accepted.until).toLocaleDateString()}: ${item.accepted.reason}` : `What to do: ${item.advice}`)),
        sinceNode(item.since, this.serverNow()));
  }
}
