// The console: selects the view that the fragment of the URL names, and updates it every second.

import { startCalls, updateCalls } from "./calls.js";
import { find, report, request } from "./elements.js";
import { updatePools } from "./pools.js";
import { startSettings, updateFaults } from "./settings.js";
import { setTime, startTokens } from "./tokens.js";

const VIEWS = { calls: updateCalls, pools: updatePools, tokens: updatePools, settings: updateFaults };
const INTERVAL_MILLISECONDS = 1000;

let wasConnected = true;
let running = Promise.resolve();

function currentView() {
  const name = location.hash.slice(1);
  return name in VIEWS ? name : "calls";
}

function showView() {
  const view = currentView();
  for (const name of Object.keys(VIEWS)) find(name).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${find(`${view}-title`).textContent} - emulator console`;
  return update();
}

// Updates run one after the other, because each continues where the previous one ended.
function update() {
  running = running.then(updateOnce);
  return running;
}

async function updateOnce() {
  try {
    const health = await request("GET", "health");
    find("account").textContent = `account ${health.account_id}, ${health.region}`;
    find("now").textContent = health.now.replace("T", " ").replace(/\.\d+Z/, " UTC");
    setTime(Date.parse(health.now) / 1000);
    await updateCalls();
    await VIEWS[currentView()]();
    if (!wasConnected) report("The emulator responds again.");
    wasConnected = true;
  } catch (error) {
    report(`The emulator does not respond: ${error.message}`, true);
    wasConnected = false;
  }
}

async function run() {
  await update();
  setTimeout(run, INTERVAL_MILLISECONDS);
}

startCalls();
startTokens();
startSettings();
window.addEventListener("hashchange", showView);
showView();
run();
