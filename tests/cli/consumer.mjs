// Reads an object twice with the credentials that the SDK's default chain finds; a line comes
// between, in which five minutes pass for the SDK, too: it would serve what its clock calls good.
import { readSync } from "node:fs";

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";

const [Bucket, Key] = process.argv.slice(1);
const s3 = new S3Client({ credentials: fromNodeProviderChain(), forcePathStyle: true });
const read = async () => {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key }));
  process.stdout.write(`${await answer.Body.transformToString()}\n`);
};
await read();
readSync(0, Buffer.alloc(1));
const now = Date.now;
Date.now = () => now() + 300_000;
await read();
