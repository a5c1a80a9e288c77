// Why the fleet is not as declared: how many by reason and by owner. Each is a link that filters the list.

import {formatQuery, toggled} from './query.js';
import {turnText} from './reasons.js';
import {h, inSentence, number, plural, setContent, words} from './text.js';
import {sinceNode} from './times.js';

const SHOWN = 5;  // the others are behind a switch

function mostly({reasons, count}) {
  const [[reason, most]] = [...reasons].sort(([, m], [, n]) => n - m);
  return most === count ? inSentence(reason) : most > count / 2 ? `mostly ${inSentence(reason)}` : 'several reasons';
}

export class Why {
  constructor(node) {
    this.node = node;
    this.lists = {reasons: node.querySelector('#why-reasons'), owners: node.querySelector('#why-owners')};
    this.opened = new Set();
    node.addEventListener('click', (event) => {
      const more = event.target.closest('button[data-list]');
      if (!more) return;
      if (!this.opened.delete(more.dataset.list)) this.opened.add(more.dataset.list);
      this.draw(...this.last);
    });
  }

  draw({reasons, owners}, query, now) {
    this.last = [{reasons, owners}, query, now];
    this.node.hidden = reasons.length === 0;
    this.list('reasons', reasons, query, now, words, (reason) => turnText(reason));
    this.list('owners', owners, query, now, (owner) => owner || 'no owner', (_, group) => mostly(group));
  }

  list(key, groups, query, now, label, more) {
    const all = this.opened.has(key) || groups.length <= SHOWN + 1;
    const lines = (all ? groups : groups.slice(0, SHOWN)).map(([value, group]) => {
      const isOn = query[key].has(value);
      return h('li', {}, h('a', {href: `${formatQuery(toggled(query, key, value))}`, 'data-key': `${key}:${value}`, 'aria-current': isOn ? 'true' : null},
          h('strong', {}, number(group.count)), ' ', h('span', {}, label(value))),
      h('span', {class: 'hint'}, more(value, group)), sinceNode(new Date(group.first).toISOString(), now));
    });
    const rest = groups.length - SHOWN;
    if (groups.length > SHOWN + 1) {
      lines.push(h('li', {}, h('button', {type: 'button', 'data-list': key, 'data-key': `${key} more`, 'aria-expanded': String(all)},
          all ? 'Show fewer' : `Show ${plural(rest, 'more', 'more')}`)));
    }
    setContent(this.lists[key], ...lines);
  }
}
