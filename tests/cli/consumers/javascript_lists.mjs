// List a bucket until the first credentials have expired, and print the access key IDs used.
// Arguments: bucket, seconds. Run it in the directory in which npm installed the SDK.
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";

const [bucket, seconds] = process.argv.slice(-2);
const credentials = fromNodeProviderChain();
const s3 = new S3Client({ credentials, forcePathStyle: true });
const deadline = Date.now() + 1000 * Number(seconds);
const keys = new Set();
while (Date.now() < deadline) {
  keys.add((await s3.config.credentials()).accessKeyId);
  await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  await new Promise((resolve) => setTimeout(resolve, 300));
}
console.log("fromNodeProviderChain", await s3.config.region(), ...keys);
