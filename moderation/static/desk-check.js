// Opens an article in this browser and shows what its embed says of itself. The service fetches nothing.
"use strict";

const start = document.getElementById("check-start");
const found = document.getElementById("check-found");
const words = document.getElementById("check-words")?.content;
const SECONDS = 10;

function say(name, good) {
  const line = document.createElement("li");
  const mark = document.createElement("b");
  const text = (key) => words.querySelector(`[data-word="${key}"]`).textContent;
  line.className = good === undefined ? "quiet" : good ? "good" : "bad";
  if (good !== undefined) line.append(Object.assign(mark, { textContent: text(good ? "good" : "bad") }), " ");
  line.append(text(good === false && words.querySelector(`[data-word="${name}-not"]`) ? `${name}-not` : name));
  found.append(line);
}

function show(data, site) {
  found.replaceChildren();
  say("script", true);
  say("element", data.element === true);
  say("site", data.site === site);
  say("comments", data.comments === 200);
  say("form", data.form === 200);
}

if (start) {
  const button = start.querySelector("button");
  start.hidden = false;
  button.addEventListener("click", () => {
    const { url, site } = button.dataset;
    const article = window.open(`${url.split("#")[0]}#reply-check`);
    found.replaceChildren();
    if (!article) return say("blocked", false);
    say("waiting");
    const listen = (event) => {
      if (event.source !== article || event.data?.kind !== "reply:check") return;
      clearTimeout(patience);
      removeEventListener("message", listen);
      show(event.data, site);
    };
    const patience = setTimeout(() => {
      removeEventListener("message", listen);
      found.replaceChildren();
      say("silent", false);
    }, SECONDS * 1000);
    addEventListener("message", listen);
  });
}
