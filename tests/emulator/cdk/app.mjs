// The source of template.json, which AWS CDK 2.276.0 synthesized: an identity pool for guests and for the
// users of a user pool. Both may use different objects. To synthesize the template again:
//
//   npm install aws-cdk-lib constructs && node app.mjs && cp cdk.out/Game.template.json template.json
import { App, CfnOutput, RemovalPolicy, Stack } from "aws-cdk-lib";
import { UserPool } from "aws-cdk-lib/aws-cognito";
import { IdentityPool, UserPoolAuthenticationProvider } from "aws-cdk-lib/aws-cognito-identitypool";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Bucket } from "aws-cdk-lib/aws-s3";

const app = new App({ outdir: "cdk.out" });
const stack = new Stack(app, "Game");
const users = new UserPool(stack, "Users", { removalPolicy: RemovalPolicy.DESTROY });
const client = users.addClient("App", { authFlows: { userPassword: true } });
const login = new UserPoolAuthenticationProvider({ userPool: users, userPoolClient: client });
const pool = new IdentityPool(stack, "Pool", {
  allowUnauthenticatedIdentities: true,
  authenticationProviders: { userPools: [login] },
});
const bucket = new Bucket(stack, "Files", { removalPolicy: RemovalPolicy.DESTROY });
bucket.grantRead(pool.unauthenticatedRole, "public/*");
pool.authenticatedRole.addToPrincipalPolicy(
  new PolicyStatement({
    actions: ["s3:GetObject", "s3:PutObject"],
    resources: [bucket.arnForObjects("private/${cognito-identity.amazonaws.com:sub}/*")],
  }),
);
const outputs = {
  PoolId: pool.identityPoolId,
  PoolName: pool.identityPoolName,
  UserPoolId: users.userPoolId,
  ClientId: client.userPoolClientId,
  Bucket: bucket.bucketName,
};
for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
app.synth();
