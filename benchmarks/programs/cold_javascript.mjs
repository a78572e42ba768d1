// Fetch credentials with the AWS SDK for JavaScript.
import { fromCognitoIdentityPool } from "@aws-sdk/credential-providers";

const [endpoint, identityPoolId] = process.argv.slice(1);
const provider = fromCognitoIdentityPool({
  identityPoolId,
  clientConfig: { endpoint, region: identityPoolId.split(":")[0] },
});
if (!(await provider()).accessKeyId) throw new Error("no credentials");
process.exit();
