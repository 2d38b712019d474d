// How far jobs are, without loading the page anew.
"use strict";

const EVERY = 1000;

async function look(line) {
  const bar = line.querySelector("progress");
  try {
    const answer = await fetch(line.dataset.job, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const job = await answer.json();
    bar.value = job.percent;
    if (job.state === "waiting" || job.state === "running") setTimeout(look, EVERY, line);
    else if (document.querySelector(".jobs")) location.reload();
  } catch {
    setTimeout(look, 5 * EVERY, line);
  }
}

document.querySelectorAll("[data-job]").forEach(look);
