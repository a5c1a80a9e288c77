// The running simulator: where it is, who may sign in, and its control endpoints.
import { randomUUID } from 'node:crypto';

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start this with tests/run --peers`);
  return value;
}

export const url = setting('PEERS_URL');
export const folder = setting('PEERS_FOLDER');
export const tenant = setting('PEERS_TENANT');
export const clientId = setting('PEERS_CLIENT_ID');
export const clientSecret = setting('PEERS_CLIENT_SECRET');

export async function control(method, path, body) {
  const answer = await fetch(`${url}/_control/${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${json.error}`);
  return json;
}

// A new subscription in the given state; returns its id.
export async function subscription(state = {}) {
  const id = randomUUID();
  await control('PUT', `subscriptions/${id}`, state);
  return id;
}

export const stateOf = (id) => control('GET', `subscriptions/${id}`);
export const fault = (what) => control('POST', 'faults', what);
export const requestsOf = async (id, operation) =>
  (await control('GET', `requests?subscription=${id}&operation=${operation}`)).requests;

// Runs the body with other switches of the simulator, and turns them back.
export async function withBehaviour(switches, body) {
  const before = await control('GET', 'behaviour');
  await control('POST', 'behaviour', switches);
  try {
    return await body();
  } finally {
    await control('POST', 'behaviour', before);
  }
}
