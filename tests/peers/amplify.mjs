// Gets credentials with Amplify as a guest, as a user, and as a guest again after the user has signed out.
// Reads the configuration, a user name and a password from standard input, and writes the list of sessions
// to standard output.
import { readFileSync } from "node:fs";

import { fetchAuthSession, signIn, signOut } from "@aws-amplify/auth";
import {
  cognitoCredentialsProvider as credentialsProvider,
  cognitoUserPoolsTokenProvider as tokenProvider,
} from "@aws-amplify/auth/cognito";
import { Amplify } from "@aws-amplify/core";

const { Auth, username, password } = JSON.parse(readFileSync(0, "utf8"));
// The package aws-amplify, which also contains the clients of other services, does the same by default.
tokenProvider.setAuthConfig(Auth);
Amplify.configure({ Auth }, { Auth: { tokenProvider, credentialsProvider } });

const sessions = [await fetchAuthSession()];
await signIn({ username, password });
sessions.push(await fetchAuthSession());
sessions.push(await fetchAuthSession({ forceRefresh: true }));
await signOut();
sessions.push(await fetchAuthSession());
process.stdout.write(JSON.stringify(sessions));
