// Identity pools, their identities, and the history of one identity.

import { callTable, listCallsOf, select } from "./calls.js";
import { create, definitions, find, json, request } from "./elements.js";

const PAGE_SIZE = 200;

let pools = [];
let selected = null;

export async function updatePools() {
  const listed = (await request("GET", "pools")).pools;
  if (JSON.stringify(listed) === JSON.stringify(pools)) return;
  pools = listed;
  const items = pools.map((pool) => create("li", {}, create("button", {
    type: "button", "aria-pressed": String(pool.id === selected), onclick: () => selectPool(pool),
  }, create("strong", {}, pool.name), create("br"), create("span", { className: "muted" }, pool.id))));
  find("pools-list").replaceChildren(...(items.length ? items : [
    create("li", { className: "muted" }, "There are no identity pools yet."),
  ]));
  const providers = new Set(pools.flatMap((pool) => pool.providers).map(providerName));
  find("mint-providers").replaceChildren(...[...providers].map((value) => create("option", { value })));
}

// The keys of role mappings contain the client ID of a user pool, or are the ARN of an OIDC provider.
function providerName(key) {
  const inIam = key.indexOf(":oidc-provider/");
  if (inIam >= 0) return key.slice(inIam + ":oidc-provider/".length);
  return key.startsWith("cognito-idp.") ? key.slice(0, key.lastIndexOf(":")) : key;
}

async function selectPool(pool) {
  selected = pool.id;
  for (const button of find("pools-list").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.textContent.endsWith(pool.id)));
  }
  const body = create("tbody");
  const more = create("button", { type: "button" }, "Show more");
  const history = create("div", { "aria-live": "polite" });
  let last = -1;
  const load = async () => {
    const after = last < 0 ? "" : `&after=${last}`;
    const path = `identities?pool_id=${encodeURIComponent(pool.id)}&limit=${PAGE_SIZE}${after}`;
    const { identities } = await request("GET", path);
    body.append(...identities.map((identity) => identityRow(identity, history)));
    if (identities.length) last = identities[identities.length - 1].serial;
    more.hidden = identities.length < PAGE_SIZE;
  };
  more.addEventListener("click", load);
  await load();
  const head = create("tr", {}, ...["Identity ID", "Logins", "State"].map(
    (text) => create("th", { scope: "col" }, text)));
  find("pool-details").replaceChildren(
    create("h3", {}, pool.name),
    definitions([
      ["Guests", pool.allows_guests ? "allowed" : "not allowed"],
      ["Basic flow", pool.allows_basic_flow ? "enabled" : "disabled"],
      ["Login providers", pool.providers.join(", ") || "none"],
      ["Developer provider", pool.developer_provider ?? "none"],
      ["Roles", json(pool.roles)],
      ["Role mappings", json(pool.role_mappings)],
    ]),
    create("h4", {}, "Identities"),
    create("div", { className: "scroll" }, create("table", {}, create("thead", {}, head), body)),
    more, history);
}

function identityRow(identity, history) {
  const button = create("button", { type: "button", onclick: () => showHistory(identity, history) }, identity.id);
  const logins = identity.logins.map((login) => login.provider_name).join(", ");
  return create("tr", {},
    create("td", {}, button),
    create("td", {}, logins || "guest"),
    create("td", {}, identity.is_enabled ? "enabled" : "disabled"));
}

function showHistory(identity, history) {
  const logins = identity.logins.map((login) => `${login.provider_name}: ${login.subject}`);
  const listed = listCallsOf(identity.id);
  history.replaceChildren(
    create("h4", {}, identity.id),
    definitions([
      ["Created", identity.created_at], ["Logins changed", identity.modified_at],
      ["Logins", logins.join("\n") || "none (guest)"],
      ["State", identity.is_enabled ? "enabled" : "disabled: merged into another identity, or without logins"],
    ]),
    create("h4", {}, "Calls for this identity"),
    listed.length ? callTable(listed, (call) => { location.hash = "calls"; select(call); })
      : create("p", { className: "muted" }, "No call in the log names this identity ID."));
}
