// The list of recorded calls, newest first, and the details of one call.

import { create, definitions, find, json, onSubmit, request } from "./elements.js";

const PAGE_SIZE = 100;
const MAX_CALLS = 10000;

let calls = [];
let matching = [];
let page = 0;
let selected = null;

export async function updateCalls() {
  if (find("calls-paused").checked) return;
  let isComplete = false;
  let hasChanged = false;
  while (!isComplete) {
    const after = calls.length ? calls[calls.length - 1].number : 0;
    const found = await request("GET", `calls?after=${after}`);
    if (found.last < after) {
      calls = []; // The emulator was reset.
      hasChanged = true;
      continue;
    }
    calls.push(...found.calls);
    isComplete = !found.calls.length || calls[calls.length - 1].number >= found.last;
    hasChanged ||= found.calls.length > 0;
  }
  if (calls.length > MAX_CALLS) calls = calls.slice(-MAX_CALLS);
  if (hasChanged) show();
}

export function listCallsOf(identityId) {
  return calls.filter((call) => call.parameters.IdentityId === identityId);
}

export function callTable(listed, onSelect) {
  const rows = listed.map((call) => create("tr", {},
    create("td", {}, create("button", { type: "button", onclick: () => onSelect(call) }, `${call.number}`)),
    create("td", {}, call.time.slice(11, 23)),
    create("td", {}, call.operation)));
  return create("table", {}, create("tbody", {}, ...rows));
}

function matches(call, text) {
  const parts = [call.operation, call.service, call.error_code, call.error_message, call.principal_arn,
    call.access_key_id];
  return [...parts, JSON.stringify(call.parameters)].some((part) => part?.toLowerCase().includes(text));
}

function show() {
  const text = find("calls-text").value.trim().toLowerCase();
  const errorsOnly = find("calls-errors").checked;
  matching = text || errorsOnly
    ? calls.filter((call) => (!errorsOnly || call.status >= 400 || !call.status) && matches(call, text))
    : calls;
  const pages = Math.max(1, Math.ceil(matching.length / PAGE_SIZE));
  page = Math.min(page, pages - 1);
  const end = matching.length - page * PAGE_SIZE;
  const shown = matching.slice(Math.max(0, end - PAGE_SIZE), end).reverse();
  const focused = document.activeElement?.dataset?.number;
  find("calls-rows").replaceChildren(...shown.map(row));
  if (focused) document.querySelector(`#calls-rows [data-number="${focused}"]`)?.focus();
  find("calls-count").textContent = `${matching.length} of ${calls.length} calls`;
  find("calls-page").textContent = `Page ${page + 1} of ${pages}`;
  find("calls-newer").disabled = page === 0;
  find("calls-older").disabled = page === pages - 1;
}

function row(call) {
  const button = create("button", { type: "button", onclick: () => select(call) }, call.operation || "unknown");
  button.dataset.number = call.number;
  const failed = call.status >= 400 || !call.status;
  return create("tr", { "aria-selected": String(call.number === selected) },
    create("td", {}, `${call.number}`),
    create("td", {}, call.time.slice(11, 23)),
    create("td", {}, button, create("span", { className: "muted" }, call.service)),
    create("td", { className: failed ? "failed" : "succeeded" }, call.status ? `${call.status}` : "no response"),
    create("td", {}, call.milliseconds.toFixed(1)),
    create("td", { className: "wide" }, call.error_code ?? ""));
}

export function select(call) {
  selected = call.number;
  show();
  const entries = [
    ["Time", call.time], ["Service", call.service], ["Region", call.region],
    ["Signed by", call.principal_arn ?? "not signed, or the signature was rejected"],
    ["Status", call.status ? `${call.status}` : "no response"],
  ];
  if (call.access_key_id) entries.push(["Access key", call.access_key_id]);
  if (call.faults.length) entries.push(["Faults", call.faults.join(", ")]);
  if (call.error_code) entries.push(["Error", `${call.error_code}: ${call.error_message ?? ""}`]);
  const parts = [create("h3", {}, `${call.operation} (no. ${call.number})`), definitions(entries)];
  if (call.explanation.length) {
    const steps = call.explanation.map((step) => create("li", {}, step));
    parts.push(create("h4", {}, "Why"), create("ol", { className: "steps" }, ...steps));
  }
  parts.push(create("h4", {}, "Parameters"), json(call.parameters));
  const details = find("call-details");
  details.replaceChildren(...parts);
  details.focus({ preventScroll: window.innerWidth > 960 });
}

function turn(step) {
  page += step;
  show();
}

export function startCalls() {
  for (const id of ["calls-text", "calls-errors"]) {
    find(id).addEventListener("input", () => { page = 0; show(); });
  }
  onSubmit("calls-filter", show);
  find("calls-newer").addEventListener("click", () => turn(-1));
  find("calls-older").addEventListener("click", () => turn(1));
  show();
}
