// Gets credentials with the providers of the SDK, and reads objects from S3 with them. Reads a list of
// requests from standard input, and writes the list of their outcomes to standard output.
import { readFileSync } from "node:fs";

import * as providers from "@aws-sdk/credential-providers";

const outcomes = [];
for (const { provider, options, cache, objects = [] } of JSON.parse(readFileSync(0, "utf8"))) {
  const outcome = {};
  outcomes.push(outcome);
  // A cache has the methods of the browser's localStorage.
  const ids = new Map(Object.entries(cache ?? {}));
  const storage = cache && {
    getItem: (key) => ids.get(key),
    setItem: (key, id) => void ids.set(key, id),
    removeItem: (key) => void ids.delete(key),
  };
  const credentials = providers[provider]({ ...options, ...(storage && { cache: storage }) });
  try {
    outcome.credentials = await credentials();
    outcome.objects = await readObjects(objects, credentials);
  } catch (error) {
    outcome.error = describe(error);
  }
  if (storage) outcome.cache = Object.fromEntries(ids);
}
process.stdout.write(JSON.stringify(outcomes));

async function readObjects(objects, credentials) {
  if (!objects.length) return [];
  const { GetObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  const s3 = new S3Client({ credentials });
  const contents = [];
  for (const { bucket, key } of objects) {
    try {
      const response = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      contents.push(await response.Body.transformToString());
    } catch (error) {
      contents.push(describe(error));
    }
  }
  return contents;
}

function describe(error) {
  return { name: error.name, message: error.message, status: error.$metadata?.httpStatusCode };
}
