// Reads an object twice, with the credentials of the SDK's default chain, and waits for a line before
// the second read. Five minutes pass for the SDK as well, because it caches credentials that are valid
// according to its own clock.
import { readSync } from "node:fs";

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";

const [Bucket, Key] = process.argv.slice(1);
const s3 = new S3Client({ credentials: fromNodeProviderChain(), forcePathStyle: true });
const read = async () => {
  const response = await s3.send(new GetObjectCommand({ Bucket, Key }));
  process.stdout.write(`${await response.Body.transformToString()}\n`);
};
await read();
readSync(0, Buffer.alloc(1));
const now = Date.now;
Date.now = () => now() + 300_000;
await read();
