// Requests to the daemon, and whether it answers.

const PATIENCE_MS = 10_000;  // for one answer
const SILENCE_MS = 8_000;    // from then on the page says so

export async function getJson(path) {
  const response = await fetch(path, {signal: AbortSignal.timeout(PATIENCE_MS)});
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

// Since when the daemon owes an answer.
export class Pulse {
  lastAnswer = null;   // milliseconds of this machine's clock
  waitingSince = null;

  asked() { this.waitingSince ??= Date.now(); }

  answered() {
    this.lastAnswer = Date.now();
    this.waitingSince = null;
  }

  get isSilent() {
    return this.waitingSince !== null && Date.now() - this.waitingSince > SILENCE_MS;
  }
}
