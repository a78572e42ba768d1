// Calls the providers of the SDK with scripted responses. Reads one case from each line of standard input,
// and writes the events of the case to a line of standard output: requests, delays and outcomes.
import { createInterface } from "node:readline";

import * as providers from "@aws-sdk/credential-providers";

// Delays are recorded instead of waited for, and contain no randomness.
let events;
let now;
const runSoon = globalThis.setImmediate;
globalThis.setTimeout = (callback, milliseconds) => {
  events.push({ delay: milliseconds });
  runSoon(callback);
};
Math.random = () => 0.5;
Date.now = () => now;

class ScriptedHandler {
  metadata = { handlerProtocol: "http/1.1" };

  constructor(script, fallback) {
    this.script = script;
    this.fallback = fallback;
  }

  async handle({ headers, body: bytes }) {
    const body = new TextDecoder().decode(bytes);
    const operation = headers["x-amz-target"].split(".").pop();
    events.push({ request: operation, body: JSON.parse(body) });
    const response = (this.script.shift() ?? this.fallback)[operation];
    if (response.error) throw Object.assign(new Error("scripted"), response.error);
    const text = response.body.replaceAll("$IDENTITY_ID", JSON.parse(body).IdentityId);
    const encoded = new TextEncoder().encode(text);
    return {
      response: { statusCode: response.status, headers: { ...response.headers }, body: encoded },
    };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { provider, options, cache, maxAttempts, fetches, script, fallback, time } = JSON.parse(line);
  events = [];
  now = 1000 * time;
  const ids = new Map(Object.entries(cache));
  const credentials = providers[provider]({
    ...options,
    // The functions are called for each request, as in an application.
    ...(options.logins && {
      logins: Object.fromEntries(
        Object.entries(options.logins).map(([name, { token, isFunction }]) => [
          name,
          isFunction ? async () => token : token,
        ]),
      ),
    }),
    cache: {
      getItem: (key) => ids.get(key),
      setItem: (key, id) => void ids.set(key, id),
      removeItem: (key) => void ids.delete(key),
    },
    clientConfig: {
      region: "us-east-1",
      maxAttempts,
      requestHandler: new ScriptedHandler(script, fallback),
    },
  });
  for (let fetch = 0; fetch < fetches; fetch++) {
    try {
      events.push({ credentials: await credentials() });
    } catch (error) {
      const { name, code, message, $metadata } = error;
      events.push({ error: { name, code, message, status: $metadata?.httpStatusCode } });
    }
    events.push({ cache: Object.fromEntries(ids) });
  }
  process.stdout.write(`${JSON.stringify(events)}\n`);
}
