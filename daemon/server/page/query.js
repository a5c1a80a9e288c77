// What the list shows, as it stands in the address: shared by a link, and left by the back button.

const SETS = {state: 'states', reason: 'reasons', known: 'known'};
export const WITHIN = {'1h': 3600e3, '24h': 86400e3, '7d': 7 * 86400e3, '30d': 30 * 86400e3};
export const SORTS = ['state', 'name', 'owner', 'reason', 'since', 'change'];

export function parseQuery(search) {
  const given = new URLSearchParams(search);
  const sort = given.get('sort') ?? 'state';
  const query = {
    text: given.get('q') ?? '',
    owners: new Set(given.getAll('owner')),
    within: given.get('within') in WITHIN ? given.get('within') : '',
    sort: SORTS.includes(sort.replace(/^-/, '')) ? sort : 'state',
    rows: ['compact', 'tall'].includes(given.get('rows')) ? given.get('rows') : '',
    days: given.get('days') === '30' ? 30 : 7,
  };
  for (const [name, key] of Object.entries(SETS)) query[key] = new Set((given.get(name) ?? '').split(',').filter(Boolean));
  return query;
}

// '?' if everything is as usual, so that a link to it works as well.
export function formatQuery(query) {
  const given = new URLSearchParams();
  if (query.text) given.set('q', query.text);
  for (const [name, key] of Object.entries(SETS)) {
    if (query[key].size > 0) given.set(name, [...query[key]].join(','));
  }
  for (const owner of query.owners) given.append('owner', owner);
  if (query.within) given.set('within', query.within);
  if (query.sort !== 'state') given.set('sort', query.sort);
  if (query.rows) given.set('rows', query.rows);
  if (query.days !== 7) given.set('days', String(query.days));
  return `?${given.toString().replaceAll('%2C', ',')}`;
}

const copyOf = (query) => ({...query, owners: new Set(query.owners), ...Object.fromEntries(Object.values(SETS).map((key) => [key, new Set(query[key])]))});

// The same with a value more or less in one of its sets.
export function toggled(query, key, value) {
  const other = copyOf(query);
  if (!other[key].delete(value)) other[key].add(value);
  return other;
}

// Only these filters; how the list looks stays.
export function only(query, filters) {
  return {...parseQuery(''), sort: query.sort, rows: query.rows, days: query.days, ...filters};
}

export function isFiltered(query) {
  return query.text !== '' || query.within !== '' || query.owners.size > 0 || Object.values(SETS).some((key) => query[key].size > 0);
}

// Whether the list shows it. `now` is the server's time in milliseconds.
export function matcher(query, now) {
  const text = query.text.trim().toLowerCase();
  const {states, reasons, owners, known} = query;
  const earliest = query.within ? now - WITHIN[query.within] : -Infinity;
  return (item) => (states.size === 0 || states.has(item.state)) && (reasons.size === 0 || reasons.has(item.reason)) &&
    (owners.size === 0 || owners.has(item.owner ?? '')) && (known.size === 0 || known.has(item.known)) &&
    item.since >= earliest && (text === '' || item.haystack.includes(text));
}

const TYPED_MS = 250;  // browsers count how often an address changes

// The address of the page, in one place: everybody reads `query`, and changes it by go().
export class Address {
  // onChange(isTyping)
  constructor(onChange) {
    this.onChange = onChange;
    this.query = parseQuery(location.search);
    this.typing = false;
    addEventListener('popstate', () => {
      this.rest();
      this.read();
    });
    // A link that only filters needs no other document.
    document.addEventListener('click', (event) => {
      const link = event.target.closest?.('a[href^="?"]');
      if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.go(parseQuery(link.search), link.hash);
    });
  }

  read() {
    const query = parseQuery(location.search);
    if (formatQuery(query) === formatQuery(this.query)) return;
    this.query = query;
    this.onChange(false);
  }

  // `hash` leads to a part of the page.
  go(query, hash = '') {
    this.rest();
    if (this.take(query, false)) this.write(true);
    if (!hash) return;
    document.querySelector(hash)?.scrollIntoView();
    document.querySelector(hash)?.focus({preventScroll: true});
  }

  // While somebody types, the address is one step of the history.
  type(query) {
    if (!this.take(query, true)) return;
    clearTimeout(this.later);
    if (this.typing) this.later = setTimeout(() => this.write(false), TYPED_MS);
    else this.write(true);
    this.typing = true;
  }

  rest() {
    clearTimeout(this.later);
    this.typing = false;
  }

  take(query, isTyping) {
    if (formatQuery(query) === formatQuery(this.query)) return false;
    this.query = query;
    this.onChange(isTyping);
    return true;
  }

  write(isStep) {
    const search = formatQuery(this.query);
    const url = `${location.pathname}${search === '?' ? '' : search}${location.hash.startsWith('#/') ? location.hash : ''}`;
    if (isStep) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  }
}
