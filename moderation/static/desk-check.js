// Opens an article in this browser and shows what its embed says of itself. The service fetches nothing.
"use strict";

const start = document.getElementById("check-start");
const found = document.getElementById("check-found");
const words = document.getElementById("check-words")?.content;
const SECONDS = 10;
const LONGEST = 300;

// One line: how it is (true, false, or neither), what the page's words say of it, and what that is about.
function say(name, good, about) {
  const line = document.createElement("li");
  const mark = document.createElement("b");
  const text = (key) => words.querySelector(`[data-word="${key}"]`).textContent;
  line.className = good === undefined ? "quiet" : good ? "good" : "bad";
  if (good !== undefined) line.append(Object.assign(mark, { textContent: text(good ? "good" : "bad") }), " ");
  line.append(text(name));
  // What the article says of itself is text, whatever it is.
  if (about) line.append(" ", Object.assign(document.createElement("code"), { dir: "ltr", textContent: String(about).slice(0, LONGEST) }));
  found.append(line);
}

function show(data, want) {
  const [comments, form, blocked] = [data.comments ?? {}, data.form ?? {}, data.blocked ?? []];
  const known = want.origins.includes(data.origin);
  say("script", true);
  if (data.src !== want.service) say("src-not", false, data.src);
  if (data.elements > 0) say("element", true);
  else say("element-not", false);
  if (data.site === want.site) say("site", true);
  else say("site-not", false, `data-site="${want.site}"`);
  if (!known) say("origin-not", false, `moderation site set ${want.site} origin+=${data.origin}`);
  if (comments.status === 200) say("comments", true);
  else if (comments.status > 499) say("away", false, comments.status);
  else if (comments.status) say("comments-not", false, comments.detail || comments.status);
  else if (blocked.length) say("csp-not", false, `connect-src ${data.src}`);
  else say(comments.reached ? "header-not" : "reach-not", false);
  if (comments.status !== 200) return;
  if (comments.key === want.key) say("key", true, comments.key);
  else say("key-other", undefined, comments.key);
  if (form.status === 200) {
    say("form", true);
    if (form.open === false) say("closed");
  } else if (form.status > 499) say("away", false, form.status);
  // Where the origin is not known, that is why, and it has been said.
  else if (known) say("form-not", false, form.detail || form.status || "");
}

function silence(article, want) {
  // The tie is cut by a header of the article's, or its window was closed.
  if (article.closed) return say("cut", false, "Cross-Origin-Opener-Policy");
  say("silent", false);
  say("silent-tag", undefined, `${want.service}/embed.js`);
  say("silent-csp", undefined, `script-src ${want.service}`);
  say("silent-blocker", undefined, "ERR_BLOCKED_BY_CLIENT");
}

if (start) {
  const button = start.querySelector("button");
  const { url, site, origin, origins, key } = button.dataset;
  const want = { site, service: origin, origins: origins.split(" "), key };
  start.hidden = false;
  if (location.origin !== want.service) say("desk-not", false, want.service);
  let end = () => {};
  button.addEventListener("click", () => {
    end();
    const article = window.open(`${url.split("#")[0]}#reply-check`);
    found.replaceChildren();
    if (!article) return say("blocked", false);
    say("waiting");
    end = () => {
      clearTimeout(patience);
      removeEventListener("message", listen);
    };
    const done = (tell) => {
      end();
      found.replaceChildren();
      tell();
    };
    const listen = (event) => {
      if (event.source === article && event.data?.kind === "reply:check") done(() => show(event.data, want));
    };
    const patience = setTimeout(() => done(() => silence(article, want)), SECONDS * 1000);
    addEventListener("message", listen);
  });
}
