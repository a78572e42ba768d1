// The token decoder, and the form that mints login tokens.

import { create, definitions, find, json, onSubmit, perform, request } from "./elements.js";

let now = 0;

export function setTime(seconds) {
  now = seconds;
}

function decodePart(part) {
  const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.codePointAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function describeTime(name, seconds) {
  const time = new Date(seconds * 1000).toISOString();
  if (name !== "exp") return time;
  const left = Math.round(seconds - now);
  return left > 0 ? `${time}, in ${left} s` : `${time}, expired ${-left} s ago`;
}

function decode() {
  const text = find("decode-token").value.trim();
  const result = find("decode-result");
  if (!text) return result.replaceChildren();
  try {
    const [header, payload] = text.split(".").slice(0, 2).map(decodePart);
    const times = ["iat", "auth_time", "nbf", "exp"].filter((name) => Number.isFinite(payload[name]));
    result.replaceChildren(
      definitions(times.map((name) => [name, describeTime(name, payload[name])])),
      create("h4", {}, "Header"), json(header), create("h4", {}, "Claims"), json(payload),
      create("p", { className: "muted" }, "The signature is not verified here."));
  } catch {
    result.replaceChildren(create("p", { className: "failed" }, "This is not a JSON Web Token."));
  }
}

async function mint() {
  const fields = {
    provider_name: find("mint-provider").value.trim(),
    subject: find("mint-subject").value,
    lifetime: Number(find("mint-lifetime").value),
  };
  const audience = find("mint-audience").value.trim();
  if (audience) fields.audience = audience;
  find("mint-token").value = (await request("POST", "tokens", fields)).token;
}

export function startTokens() {
  find("decode-token").addEventListener("input", decode);
  onSubmit("decode", decode);
  onSubmit("mint", () => perform(mint, "Minted a token."));
}
