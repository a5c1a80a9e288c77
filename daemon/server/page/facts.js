// Facts of the daemon: sweeps, configuration, credentials, quota.

import {h, number, plural, setContent} from './text.js';
import {dueNode, timeNode} from './times.js';

// '' if the graph is not used.
function graphText(graph) {
  if (graph === null) return '';
  if (graph.lastPass === null) return 'not queried yet';
  return graph.message || `answers for all ${plural(graph.subscriptions, 'subscription')}`;
}

// null if none waits.
function retriesNode({subscriptions, next}, now, isSilent) {
  if (subscriptions === 0) return null;
  return h('span', {}, plural(subscriptions, 'subscription'), ...next && !isSilent ? [', the next ', dueNode(next, now)] : []);
}

// `isSilent`: what is to come is not known any more.
export function drawFacts(node, status, now, isSilent) {
  const {config, tokenExpires, credential} = status;
  const next = isSilent ? h('span', {class: 'quiet'}, 'not known') : status.nextSweep && dueNode(status.nextSweep, now);
  const entries = [
    ['Last sweep', status.sharedState === null && timeNode(status.lastSweep, now, 'first sweep in progress')],
    ['Next sweep', next],
    ['Waiting for a retry', retriesNode(status.retries, now, isSilent)],
    ['Azure Resource Graph', graphText(status.graph)],
    ['Configuration loaded', timeNode(config.loaded, now)],
    ['Desired state, settings', h('span', {}, h('code', {title: config.desiredHash}, config.desiredHash.slice(0, 8)), ' ',
        h('code', {title: config.settingsHash}, config.settingsHash.slice(0, 8)))],
    ['Token expires', tokenExpires && timeNode(tokenExpires, now)],
    ['Credential expires', credential && timeNode(credential.expires, now)],
    ['Remaining ARM quota', status.quotas.map((quota) =>
      `${number(quota.remaining)} ${quota.kind.replace(/^x-ms-ratelimit-remaining-/, '').replaceAll('-', ' ')}`).join(', ')],
  ];
  setContent(node, ...entries.filter((entry) => entry[1]).map(
      ([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}
