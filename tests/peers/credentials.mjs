// Gets credentials with the SDK's own providers, as an application does, and reads from S3 with
// them. Standard input: a list of requests; standard output: the list of their outcomes.
import { readFileSync } from "node:fs";

import * as providers from "@aws-sdk/credential-providers";

const outcomes = [];
for (const { provider, options, cache, objects = [] } of JSON.parse(readFileSync(0, "utf8"))) {
  const outcome = {};
  outcomes.push(outcome);
  // The SDK asks for the methods of the browser's localStorage.
  const ids = new Map(Object.entries(cache ?? {}));
  const storage = cache && {
    getItem: (key) => ids.get(key),
    setItem: (key, id) => void ids.set(key, id),
    removeItem: (key) => void ids.delete(key),
  };
  const credentials = providers[provider]({ ...options, ...(storage && { cache: storage }) });
  try {
    outcome.credentials = await credentials();
    outcome.objects = await read(objects, credentials);
  } catch (error) {
    outcome.error = described(error);
  }
  if (storage) outcome.cache = Object.fromEntries(ids);
}
process.stdout.write(JSON.stringify(outcomes));

async function read(objects, credentials) {
  if (!objects.length) return [];
  const { GetObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  const s3 = new S3Client({ credentials, forcePathStyle: true });
  const contents = [];
  for (const { bucket, key } of objects) {
    try {
      const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      contents.push(await answer.Body.transformToString());
    } catch (error) {
      contents.push(described(error));
    }
  }
  return contents;
}

function described(error) {
  return { name: error.name, message: error.message, status: error.$metadata?.httpStatusCode };
}
