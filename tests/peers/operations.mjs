// Calls operations of Amazon Cognito Identity with the client of the SDK. Reads one request from each
// line of standard input, and writes one output or error to each line of standard output.
import { createInterface } from "node:readline";

import * as sdk from "@aws-sdk/client-cognito-identity";

const client = new sdk.CognitoIdentityClient({ maxAttempts: 1 });
for await (const line of createInterface({ input: process.stdin })) {
  const { operation, parameters } = JSON.parse(line);
  let outcome;
  try {
    const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](parameters));
    outcome = { output };
  } catch (error) {
    outcome = { error: { name: error.name, message: error.message } };
  }
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
