// Keys for the desk, WordPress's own. Every key presses a button or opens a part that is on the page anyway, so that
// there is one way of doing things and all of it works without this file. The focused row is the one that keys act on.
"use strict";

const rows = [...document.querySelectorAll(".row")];
const help = document.getElementById("keys");
const OFF = "desk-keys-off";
const KEYS = [..."ausdzrqexAUSDX"];
const draftKey = (form) => `desk-draft ${new URL(form.action).pathname}`;
let leaving = false;

function here() {
  return document.activeElement?.closest(".row") ?? (rows.length === 1 ? rows[0] : null);
}

function go(row) {
  if (!row) return;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const at = rows.indexOf(here());
  go(at < 0 ? rows[0] : rows[at + by]);
}

// Capitals are for all that is ticked, and so is undo for the page; the others act on the row.
function press(key) {
  const button = (/[zAUSDX]/.test(key) ? document : here())?.querySelector(`[data-key~="${key}"]`);
  if (!button || leaving) return;
  button.click();
  if (button.matches("summary")) button.parentElement.querySelector("textarea").focus();
}

// A keyboard that writes other letters still has the key where the Latin letter is. Caps Lock is no Shift.
function nameOf(event) {
  const latin = /^[\x20-\x7e]$/.test(event.key);
  const key = latin || !event.code.startsWith("Key") ? event.key : event.code.slice(3);
  return /^[a-z]$/i.test(key) ? (event.shiftKey ? key.toUpperCase() : key.toLowerCase()) : key;
}

function typing(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox])");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
  if (event.key === "Escape" && event.target.matches(".deeds details textarea")) {
    const row = here();
    event.target.closest("details").open = false;
    go(row);
    return;
  }
  if (typing(event.target) || !help || help.open) return;
  const key = nameOf(event);
  if (key === "?") help.showModal();
  else if (localStorage.getItem(OFF)) return;
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (KEYS.includes(key)) press(key);
  else return;
  event.preventDefault();
});

// A voice speaks what comes into the page, not what the page came with.
const saying = [...document.querySelectorAll(".said .line")];
for (const line of saying) line.hidden = true;
setTimeout(() => saying.forEach((line) => (line.hidden = false)), 300);

// What was done is said for ten seconds, longer while one is at it; `z` undoes it after that too.
for (const line of document.querySelectorAll(".line[class*=undo], .line.said")) {
  line.classList.add("passing");
  line.addEventListener("animationend", () => (line.hidden = true));
}

// A half-written reply outlives a decision on another row, which loads the page anew.
for (const form of document.querySelectorAll(".reply form")) {
  const field = form.elements.text;
  const kept = sessionStorage.getItem(draftKey(form));
  if (kept && !field.value) {
    field.value = kept;
    form.closest("details").open = true;
  }
  field.addEventListener("input", () => sessionStorage.setItem(draftKey(form), field.value));
  form.addEventListener("submit", () => sessionStorage.removeItem(draftKey(form)));
}

// Two presses in a row are one act. Coming back by the browser's Back button starts afresh. A form that is answered by a
// file leaves the page where it is.
document.addEventListener("submit", (event) => {
  if (event.target.method === "dialog" || "stays" in event.target.dataset) return;
  if (leaving) event.preventDefault();
  leaving = true;
});
addEventListener("pageshow", () => (leaving = false));

const all = document.getElementById("tick-all");
if (all) {
  const ticks = [...document.querySelectorAll("input[name=ids]")];
  all.parentElement.hidden = false;
  all.addEventListener("change", () => ticks.forEach((tick) => (tick.checked = all.checked)));
}

if (help) {
  const use = document.getElementById("keys-on");
  use.checked = !localStorage.getItem(OFF);
  use.addEventListener("change", () => (use.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  const hint = document.getElementById("keys-hint");
  hint.hidden = false;
  hint.querySelector("button").addEventListener("click", () => help.showModal());
}

if (location.hash.startsWith("#comment-")) go(document.getElementById(location.hash.slice(1)));
