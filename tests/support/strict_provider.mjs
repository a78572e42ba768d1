// oidc-provider (panva, OpenID Certified) on loopback, for strict_provider.py. Every visitor is signed
// in as ann and gives consent. The arguments are the files of a certificate and its key.
// /control?lifetime=60 sets the lifetime of the next ID tokens in seconds; /control returns counters.

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import Provider from "oidc-provider";

const DEVICES = "urn:ietf:params:oauth:grant-type:device_code";
const state = { lifetime: 3600, refreshes: 0, errors: [], revoked: 0 };

const key = (type, options) =>
  generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
const client = (client_id, id_token_signed_response_alg) => ({
  client_id,
  id_token_signed_response_alg,
  application_type: "native",
  token_endpoint_auth_method: "none",
  redirect_uris: ["http://127.0.0.1/callback"], // with any port, see RFC 8252
  response_types: ["code"],
  grant_types: ["authorization_code", "refresh_token", DEVICES],
});
// The pages of the provider load resources from other hosts; this one does not.
const page = (ctx, form, name) => {
  ctx.body = `<!doctype html><title>device</title>${form}<button form="op.${name}">Go on</button>`;
};

const [cert, privateKey] = process.argv.slice(-2).map((file) => readFileSync(file));
const server = createServer({ cert, key: privateKey });
server.listen(0, "127.0.0.1", () => {
  const issuer = `https://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: ["RS256", "PS256", "ES256"].map((alg) => client(alg.toLowerCase(), alg)),
    jwks: {
      keys: [
        { ...key("rsa", { modulusLength: 2048 }), use: "sig", kid: "rsa" },
        { ...key("ec", { namedCurve: "P-256" }), use: "sig", kid: "ec" },
      ],
    },
    claims: { openid: ["sub"], email: ["email"] },
    findAccount: (ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    cookies: { keys: ["not-a-secret"] },
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      DeviceCode: 300,
      Grant: 86400,
      IdToken: () => state.lifetime,
      Interaction: 300,
      RefreshToken: 86400,
      Session: 86400,
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx, form) => page(ctx, form, "deviceInputForm"),
        userCodeConfirmSource: (ctx, form) => page(ctx, form, "deviceConfirmForm"),
        successSource: (ctx) => page(ctx, "<h1>Agreed</h1>", "none"),
      },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  });
  provider.use(async (ctx, next) => {
    await next();
    // Without an interval in the response, clients poll every five seconds, which is too slow for tests.
    if (ctx.oidc?.route === "device_authorization" && ctx.status === 200) ctx.body.interval = 0.5;
  });
  provider.on("grant.success", (ctx) => {
    state.refreshes += ctx.oidc.params.grant_type === "refresh_token";
  });
  provider.on("grant.error", (ctx, error) => {
    state.errors.push(`${error.error}: ${error.error_detail ?? ""}`);
  });
  provider.on("grant.revoked", () => (state.revoked += 1));

  const giveConsent = async (request, response) => {
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({ accountId: "ann", clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const result = { login: { accountId: "ann" }, consent: { grantId: await grant.save() } };
    await provider.interactionFinished(request, response, result);
  };
  const handle = provider.callback();
  server.on("request", (request, response) => {
    const { pathname, searchParams } = new URL(request.url, issuer);
    if (pathname === "/control") {
      if (searchParams.has("lifetime")) state.lifetime = Number(searchParams.get("lifetime"));
      response.end(JSON.stringify(state));
    } else if (pathname.startsWith("/interaction/")) {
      giveConsent(request, response).catch((error) => response.end(String(error)));
    } else {
      handle(request, response);
    }
  });
  console.log(issuer);
});
process.stdin.on("end", () => process.exit()).resume();
