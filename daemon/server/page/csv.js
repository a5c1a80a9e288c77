// What the list shows, as a file for a spreadsheet: RFC 4180, and no cell that a spreadsheet would run.

import {tagsOf} from './row.js';

const COLUMNS = [
  ['state', (item) => item.state],
  ['reason', (item) => item.reason],
  ['message', (item) => item.message],
  ['name', (item) => item.name],
  ['id', (item) => item.id],
  ['owner', (item) => item.owner],
  ['mode', (item) => item.mode],
  ['declaredPlan', (item) => item.desired.plan],
  ['observedPlan', (item) => item.observed?.plan],
  ['declaredPromptEvidence', (item) => item.desired.promptEvidence],
  ['observedPromptEvidence', (item) => item.observed?.promptEvidence],
  ['known', (item) => item.known],
  ['lastKnown', (item) => item.lastKnown],
  ['stateSince', (item) => item.stateSince],
  ['lastObserved', (item) => item.lastObserved],
  ['lastChange', (item) => item.lastChange],
  ['changedBy', (item) => item.lastActor?.actor.name],
  ['changedWith', (item) => item.lastActor?.actor.client],
  ['changedAt', (item) => item.lastActor?.actor.at],
  ['tenantId', (item) => item.tenantId],
  ['source', (item) => item.source],
  ['tags', (item) => tagsOf(item).join(', ')],
];

function cell(value) {
  const text = String(value ?? '');
  // Where a comma is the decimal mark, cells are separated by semicolons, and quotes do not protect them.
  const safe = text.replace(/^(?=[=+\-@\t\r])|(?<=[;\t\r\n])(?=[" ]*[=+\-@\t\r])/g, "'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvText(items) {
  const lines = [COLUMNS.map(([name]) => name), ...items.map((item) => COLUMNS.map(([, value]) => value(item)))];
  return lines.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

// The mark at the start lets spreadsheets recognize UTF-8.
export function saveCsv(items, name) {
  const url = URL.createObjectURL(new Blob(['\ufeff', csvText(items)], {type: 'text/csv;charset=utf-8'}));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
