// Reads pricings with npm's @azure/arm-security as fast as it can; prints seconds per request.
import { SecurityCenter } from '@azure/arm-security';

const { BENCH_URL: url, BENCH_TOKEN: token, BENCH_CLIENT_EACH: clientEach } = process.env;
const count = Number(process.env.BENCH_COUNT);
const concurrency = Number(process.env.BENCH_CONCURRENCY);
const credential = {
  getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600_000 }),
};
const options = { endpoint: url, $host: url, credentialScopes: [`${url}/.default`] };
const id = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const shared = new SecurityCenter(credential, id(0), options);

async function read(from, to) {
  let next = from;
  const worker = async () => {
    while (next < to) {
      const n = next++;
      const client = clientEach ? new SecurityCenter(credential, id(n), options) : shared;
      const pricing = await client.pricings.get('AI');
      if (pricing.pricingTier !== 'Standard') throw new Error(`read ${pricing.pricingTier}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

await read(0, Math.min(count, 500)); // compiled and connected
const cpu = process.cpuUsage();
const start = process.hrtime.bigint();
await read(0, count);
const { user, system } = process.cpuUsage(cpu);
const wall = Number(process.hrtime.bigint() - start) / 1e9;
console.log(JSON.stringify({ cpu: (user + system) / 1e6 / count, wall: wall / count }));
