// The controls for the clock, for faults and for the state.

import { create, find, onSubmit, perform, report, request } from "./elements.js";

function advance(seconds) {
  return perform(() => request("POST", "clock/advance", { seconds }), `Advanced the clock by ${seconds} s.`);
}

export async function updateFaults() {
  const { faults } = await request("GET", "faults");
  const items = faults.map((fault) => {
    const times = fault.times === null ? "all requests" : `${fault.times} ${fault.times === 1 ? "request" : "requests"}`;
    const details = [fault.code, fault.seconds ? `${fault.seconds} s` : ""].filter(Boolean).join(", ");
    return create("li", {}, `${fault.operation}: ${fault.kind}${details ? ` (${details})` : ""}, ${times}`);
  });
  find("faults-list").replaceChildren(...(items.length ? items : [create("li", { className: "muted" }, "none")]));
  find("faults-clear").disabled = !items.length;
}

function showFields() {
  const kind = find("fault-kind").value;
  for (const label of document.querySelectorAll("[data-kinds]")) {
    label.hidden = !label.dataset.kinds.split(" ").includes(kind);
  }
}

async function inject() {
  const kind = find("fault-kind").value;
  const fields = { operation: find("fault-operation").value.trim(), kind, times: Number(find("fault-times").value) };
  if (kind === "error") {
    fields.code = find("fault-code").value.trim();
    fields.status = Number(find("fault-status").value);
  }
  if (kind === "latency" || kind === "clock-offset") fields.seconds = Number(find("fault-seconds").value);
  await request("POST", "faults", fields);
  await updateFaults();
}

async function clear() {
  await request("DELETE", "faults");
  await updateFaults();
}

async function showKinds() {
  const { paths } = await request("GET", "openapi.json");
  const { schema } = paths["/_emulator/faults"].post.requestBody.content["application/json"];
  const kinds = schema.properties.kind.enum;
  find("fault-kind").replaceChildren(...kinds.map((kind) => create("option", { value: kind }, kind)));
  showFields();
}

export function startSettings() {
  find("fault-kind").addEventListener("input", showFields);
  showKinds().catch((error) => report(error.message, true));
  for (const button of document.querySelectorAll("[data-seconds]")) {
    button.addEventListener("click", () => advance(Number(button.dataset.seconds)));
  }
  onSubmit("clock", () => advance(Number(find("clock-seconds").value)));
  onSubmit("fault", () => perform(inject, "Injected the fault."));
  find("faults-clear").addEventListener("click", () => perform(clear, "Removed all faults."));
  onSubmit("reset", () => {
    if (confirm("Delete all resources, identities, calls and faults of the emulator?")) {
      perform(() => request("POST", "reset"), "Reset the emulator.");
    }
  });
}
