// Print the time per fetch of 1,000 concurrent fetches over at most 100 connections, in microseconds.
import { fromCognitoIdentity } from "@aws-sdk/credential-providers";

const [endpoint, identityId] = process.argv.slice(1);
const FETCHES = 1000;
const provider = fromCognitoIdentity({
  identityId,
  clientConfig: {
    endpoint,
    region: identityId.split(":")[0],
    requestHandler: { httpAgent: { maxSockets: 100, keepAlive: true } },
  },
});
await provider();
const started = performance.now();
await Promise.all(Array.from({ length: FETCHES }, () => provider()));
console.log(((performance.now() - started) / FETCHES) * 1000);
process.exit();
