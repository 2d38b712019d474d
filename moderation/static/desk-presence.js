// Says which comment is open here while somebody is at this page, and shows who else has one of them open. A page that
// nobody touches for a while says nothing more, so that a screen left on keeps no session alive.
"use strict";

const BEAT = 20_000;
const SETTLED = 1_000;
const AWAY = 10 * 60_000;
const shown = new Map([...document.querySelectorAll("[data-presence]")].map((line) => [line.dataset.presence, line]));
const token = document.querySelector("input[name=csrf_token]")?.value;
const queue = location.pathname.split("/").slice(0, 3).join("/");
const ownPage = /\/comments\/(\d+)/.exec(location.pathname)?.[1];
let open = ownPage;
let touched = Date.now();
let waiting;

async function tell() {
  if (!open || document.hidden) return;
  const body = new URLSearchParams({ csrf_token: token });
  await fetch(`${queue}/comments/${open}/presence`, { method: "POST", body });
}

async function ask() {
  const answer = await fetch(`${queue}/presence?ids=${[...shown.keys()]}`, { redirect: "error" });
  if (!answer.ok) return;
  const others = await answer.json();
  for (const [id, line] of shown) {
    if (line.textContent !== (others[id] ?? "")) line.textContent = others[id] ?? "";
    line.hidden = !others[id];
  }
}

async function beat() {
  if (document.hidden || Date.now() - touched > AWAY) return;
  try {
    await tell();
    await ask();
  } catch {
    // Without an answer the lines stay as they are; the next beat asks again.
  }
}

if (shown.size && token) {
  for (const kind of ["keydown", "pointerdown", "scroll"]) {
    addEventListener(kind, () => (touched = Date.now()), { passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    touched = Date.now();
    beat();
  });
  // Who only passes a row on the way to another does not have it open.
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(".row");
    if (!row || ownPage) return;
    clearTimeout(waiting);
    const id = row.id.replace("comment-", "");
    if (id !== open) waiting = setTimeout(() => ((open = id), tell().catch(() => {})), SETTLED);
  });
  setInterval(beat, BEAT);
  if (ownPage) tell().catch(() => {});
}
