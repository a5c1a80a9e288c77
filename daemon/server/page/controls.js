// What filters and sorts the list, and what is done with what it shows.

import {saveCsv} from './csv.js';
import {formatQuery, isFiltered, only, toggled} from './query.js';
import {KNOWN, STATES} from './reasons.js';
import {PRINTED} from './list.js';
import {h, hidden, number, setContent, setText, words} from './text.js';

const at = (id) => document.getElementById(id);
const base = (sort) => sort.replace(/^-/, '');
// Which way a header points in the natural direction of its order.
const ASCENDS = {name: true, owner: true, reason: true};

export class Controls {
  constructor({list, address, serverNow}) {
    this.list = list;
    this.address = address;
    at('filter').addEventListener('input', (event) => address.type({...address.query, text: event.target.value}));
    at('sort').addEventListener('change', (event) => address.go({...address.query, sort: event.target.value}));
    at('within').addEventListener('change', (event) => address.go({...address.query, within: event.target.value}));
    at('compact').addEventListener('click', () => {
      const isCompact = list.table.classList.contains('compact');
      address.go({...address.query, rows: isCompact ? 'tall' : 'compact'});
    });
    at('csv').addEventListener('click', () => saveCsv(list.view, `defenderd-${new Date(serverNow()).toISOString().slice(0, 10)}.csv`));
    at('print').addEventListener('click', () => print());
    addEventListener('beforeprint', () => setText(at('printed'), list.isShort ? '' :
      `These are the first ${number(PRINTED)} of ${number(list.view.length)}. “Export CSV” writes all of them.`));
    for (const button of document.querySelectorAll('.head button')) {
      button.addEventListener('click', () => {
        const {sort} = button.dataset;
        address.go({...address.query, sort: address.query.sort === sort ? `-${sort}` : sort});
      });
    }
    for (const state of STATES) {
      const button = h('button', {type: 'button', class: `state s-${state.key}`, 'aria-pressed': 'false', 'data-state': state.key},
          h('span', {class: 'count'}, '0'), ' ', h('span', {}, state.word));
      button.addEventListener('click', () => address.go(toggled(address.query, 'states', state.key)));
      at('states').append(button);
    }
    // The header of the list stands below this one.
    new ResizeObserver(([{target}]) => document.documentElement.style.setProperty('--bar', `${target.offsetHeight}px`)).observe(at('toolbar'));
  }

  // Takes over what the address says.
  show(query) {
    if (at('filter').value !== query.text) at('filter').value = query.text;
    at('sort').value = base(query.sort);
    at('within').value = query.within;
    for (const button of at('states').children) button.setAttribute('aria-pressed', String(query.states.has(button.dataset.state)));
    for (const button of document.querySelectorAll('.head button')) {
      const isSorted = button.dataset.sort === base(query.sort);
      const ascends = (ASCENDS[button.dataset.sort] ?? false) !== query.sort.startsWith('-');
      const header = button.closest('[role=columnheader]');
      if (isSorted) header.setAttribute('aria-sort', ascends ? 'ascending' : 'descending');
      else header.removeAttribute('aria-sort');
    }
    setContent(at('filters'), ...this.chips(query));
    hidden(at('filters'), !isFiltered(query));
  }

  // What is filtered by, each a link that removes it.
  chips(query) {
    const chip = (text, other) => h('a', {class: 'chip', href: formatQuery(other), 'aria-label': `Remove the filter ${text}`, 'data-key': text},
        text, h('span', {'aria-hidden': 'true'}, ' ✕'));
    const of = (key, text) => [...query[key]].map((value) => chip(text(value), toggled(query, key, value)));
    return [
      ...of('known', (known) => KNOWN[known] ?? known),
      ...of('states', (key) => STATES.find((state) => state.key === key)?.word ?? key),
      ...of('reasons', words),
      ...of('owners', (owner) => (owner ? `owner ${owner}` : 'no owner')),
      ...(query.within ? [chip(`changed within ${query.within}`, {...query, within: ''})] : []),
      ...(query.text ? [chip(`“${query.text}”`, {...query, text: ''})] : []),
      h('a', {href: formatQuery(only(query, {})), 'data-key': 'all'}, 'Show all'),
    ];
  }

  drawCounts(status, query) {
    for (const button of at('states').children) {
      const count = status.byState[button.dataset.state];
      setText(button.querySelector('.count'), number(count));
      button.classList.toggle('none', count === 0 && !query.states.has(button.dataset.state));
    }
  }

  drawShown(status) {
    for (const part of [at('states'), at('toolbar'), this.list.table]) hidden(part, Boolean(status?.sharedState));
    const [shown, total] = [this.list.view.length, this.list.byId.size];
    setText(at('shown'), shown === total ? number(total) : `${number(shown)} of ${number(total)}`);
    hidden(at('empty'), shown > 0);
    setText(at('empty'), status === null ? 'Loading …' : status.sharedState ? 'A standby lists no subscriptions: see the leader’s page.' :
      total === 0 ? 'Nothing is declared yet.' : 'Nothing matches this filter.');
    setText(at('compact'), this.list.table.classList.contains('compact') ? 'Tall rows' : 'Compact rows');
    at('csv').disabled = shown === 0;
  }
}
