// Requests to the control interface, and helpers for the document.

const token = document.querySelector("meta[name=control-token]").content;

export const find = (id) => document.getElementById(id);

// Creates an element. Children are elements or text, which is never parsed as HTML.
export function create(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-")) element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
}

export function definitions(entries) {
  const parts = entries.flatMap(([term, value]) => [create("dt", {}, term), create("dd", {}, value)]);
  return create("dl", {}, ...parts);
}

export function json(value) {
  return create("pre", { tabIndex: 0 }, JSON.stringify(value, null, 2));
}

export function report(text, isError = false) {
  const status = find("status");
  status.textContent = text;
  status.classList.toggle("error", isError);
}

export async function request(method, path, fields) {
  const options = { method, headers: {}, cache: "no-store" };
  if (method !== "GET") options.headers.Authorization = `Bearer ${token}`;
  if (fields) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(fields);
  }
  const response = await fetch(path, options);
  const text = await response.text();
  const document = text ? JSON.parse(text) : {};
  if (!response.ok) throw new Error(document.error ?? `status ${response.status}`);
  return document;
}

// Runs an action of the user, and reports its success or its error.
export async function perform(action, success) {
  try {
    await action();
    report(success);
  } catch (error) {
    report(error.message, true);
  }
}

export function onSubmit(id, action) {
  find(id).addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
}
