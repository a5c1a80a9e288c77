// Small helpers that the other files share. Text always becomes text nodes: names and reasons come from
// files and from Azure, and are never markup.

// h('p', {class: 'x'}, 'text', otherNode): skips null children.
export function h(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

// The same in an inline SVG.
export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;  // otherwise a screen reader repeats it
}

export function hidden(node, yes) {
  node.hidden = yes;
}

// Replaces the content only if it changes, which preserves the selection. The focus stays on what has
// the same data-key.
export function setContent(node, ...children) {
  const fresh = filled(node.cloneNode(false), {}, children);
  if (fresh.isEqualNode(node)) return;
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  node.replaceChildren(...fresh.childNodes);
  if (key !== undefined) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({preventScroll: true});
}

const NUMBERS = new Intl.NumberFormat();
export const number = (count) => NUMBERS.format(count);  // "10,000"
// plural(1, 'subscription') -> "1 subscription"
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

// "DisableBrake" -> "Disable brake"
export function words(reason) {
  const spaced = reason.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export const inSentence = (reason) => words(reason).toLowerCase();

// A table with a caption. Leaves out columns that are empty in every row; null if there is no row.
export function table(caption, allHeads, allRows) {
  if (allRows.length === 0) return null;
  const used = allHeads.map((_, i) => allRows.some((cells) => cells[i] !== '' && cells[i] !== null && cells[i] !== undefined));
  const heads = allHeads.filter((_, i) => used[i]);
  const rows = allRows.map((cells) => cells.filter((_, i) => used[i]));
  return h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
      h('table', {}, h('caption', {}, caption),
          h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', {scope: 'col'}, head)))),
          h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell, i) =>
            i === 0 ? h('th', {scope: 'row'}, cell) : h('td', typeof cell === 'string' && cell.length > 40 ? {class: 'long'} : {}, cell)))))));
}

// The observed value, and the declared one if it differs.
export function valueNode(observed, desired) {
  if (observed === undefined) return h('span', {class: 'quiet', title: 'not observed yet'}, '–', h('span', {class: 'sr'}, ' not observed yet'));
  if (desired === null || desired === undefined) {
    return h('span', {class: 'quiet'}, `${observed} (not managed)`);
  }
  if (observed === desired) return h('span', {}, observed);
  return h('span', {class: 'differs'}, h('span', {class: 'sr'}, 'is '), observed,
      h('span', {'aria-hidden': 'true'}, ' → '), h('span', {class: 'sr'}, ', declared '), desired);
}
