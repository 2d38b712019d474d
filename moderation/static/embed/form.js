// The form of <leave-a-reply>: the embed loads this when the form is about to be seen, or a reader asks for it.
// `make embed` joins it with form.css and form.html into ../form.js; the service puts in the words of a language.
const words = $WORDS$;
const IDENTITY = "leave-a-reply:author";
const FIELDS = ["comment", "author", "email", "url"];
// Characters left, from which on the form says how many.
const NEAR = 500;
// Comments of the reader's own whose private links are kept, those of all pages together.
const MOST = 30;

const sheet = new CSSStyleSheet();
sheet.replaceSync($STYLE$);

const sending = (body, more) => (
  { method: "POST", headers: { "Content-Type": "application/json", ...more }, body: JSON.stringify(body) }
);

export const attend = (embed) => {
  const { script, page, page_url, locale, host, root, foot, notice, draft, AREAS } = embed;
  const { store, make, parts, call, counted, named, tell, place, draw, load, at, known, marking } = embed;
  const { lang } = words;
  let parent, token, limit, proof, wait, attempt, key, timer, resuming;

  root.adoptedStyleSheets.push(sheet);
  foot.innerHTML = $FRAME$.replace(/{(\w+)}/g, (_, name) => words[name]);
  const { respond, title, cancel, form, errors, left, view, preview, submit } = parts(foot);
  const fields = form.elements;

  // Moves the form under a comment, or home.
  const move = (to, quiet) => {
    parent = to && { id: to.id, author: to.author };
    title.replaceChildren(...(to ? named(words.leave_to, to.author.name) : [words.leave]));
    cancel.hidden = !to;
    const home = (to && at(to.id)) || foot;
    // What is moved loses the focus.
    if (respond.parentNode !== home) home.append(respond);
    if (!quiet && fields.comment.value) keep();
    if (to && !quiet) fields.comment.focus();
  };
  // Out of the list, before that is drawn anew.
  const rest = () => {
    if (respond.parentNode !== foot) foot.append(respond);
  };

  const typed = () => Object.fromEntries(new FormData(form));
  const keep = () => store("sessionStorage", draft, { ...typed(), parent });

  // The token is fetched when the reader turns to the form: that starts the clock of "filled in too fast".
  const prepare = () => token ||= call("form", { page, lang }).then(({ data }) => {
    limit = data.limits.comment;
    // Not the comment: a browser cuts what is pasted without a word; the form says how much is too much.
    for (const name of FIELDS.slice(1)) fields[name].maxLength = data.limits[name];
    // Only while the site is flooded. Where it fails the comment goes without, and waits for a moderator.
    wait = data.strings.proof;
    proof = wait && import(new URL("proof.js", script.src)).then(({ prove }) => prove(data.challenge)).catch(() => {});
    return token = data.token;
  }).catch((fault) => {
    console.warn("leave-a-reply:", fault);
    token = "";
  });

  const fail = (problem, again) => {
    errors.hidden = !problem;
    const faults = problem?.errors || {};
    for (const name of FIELDS) {
      fields[name].setAttribute("aria-invalid", name in faults);
      root.getElementById("error-" + name).textContent = (faults[name] || []).join(" ");
    }
    if (!problem) return;
    errors.replaceChildren(
      make("p", problem.detail),
      ...Object.keys(faults).map((name) => make("a", faults[name].join(" "), {
        href: "#" + name, onclick: (event) => { event.preventDefault(); fields[name]?.focus(); },
      })),
      again ? make("button", words.retry) : "",
    );
    errors.focus();
    tell("failed", { status: problem.status });
  };
  const failed = (fault) => {
    console.warn("leave-a-reply:", fault);
    fail({ detail: words.send_failed }, true);
  };

  // The reader's own comments that all see, by number. This browser knows its own by their private links.
  const published = {};
  const mark = (comment, { id, own = published[id] }) => {
    if (!own) return;
    const { body, reply } = parts(comment);
    if (own.said) body.before(make("p", own.said));
    reply.after(make("a", words.manage, { part: "manage", href: `${own.link}?lang=${lang}` }));
  };
  marking(mark);

  // Draws one that waits, which nobody else sees.
  const reveal = (own, { html, message }) => {
    const comment = draw(place({ ...own, html, own: { ...own, said: message } }));
    const { body, reply } = parts(comment);
    if (!html) {
      body.textContent = own.text;
      body.style.whiteSpace = "pre-line";
    }
    reply.remove();
    comment.part.add("own");
  };

  const owned = (area, key = draft + ":own") => store(area, key) || [];
  const retain = (area, owns, key = draft + ":own") => store(area, key, owns[0] ? owns : null);
  // Keeps one more; of all that are kept here, whatever their page, the oldest go.
  const add = (area, own) => {
    retain(area, [...owned(area), own]);
    const keys = Object.keys(window[area]).filter((key) => /^leave-a-reply:.*:own$/.test(key));
    const oldest = keys.flatMap((key) => owned(area, key).map(({ id }) => id)).sort((a, b) => a - b).at(-MOST);
    for (const key of keys) retain(area, owned(area, key).filter(({ id }) => !(id < oldest)), key);
  };

  // What became of the reader's own comments: those that wait are drawn, and those that all see lead to their private page.
  const mine = async (area) => {
    const gone = new Set();
    const asked = owned(area).map((own) => [own, call("mine/" + own.link.split("/").pop(), { lang }).catch(() => ({}))]);
    for (const [own, answer] of asked) {
      const { status, data } = await answer;
      const { id } = own;
      const found = status === 200 ? data : own;
      const there = known(id);
      if (status === 404) {
        gone.add(id);
        delete published[id];
        if (at(id)) parts(at(id)).manage?.remove();
      } else if (there ? !there.own : found.status === "approved") {
        if (published[id]) continue;
        published[id] = own;
        if (at(id)) mark(at(id), there);
      } else if (!there && (found.status || "pending") === "pending") reveal(own, found);
    }
    // Read anew: another may have been sent meanwhile.
    if (gone.size) retain(area, owned(area).filter(({ id }) => !gone.has(id)));
  };

  // Puts back what belongs to the reader, once the list is drawn: comments of their own, and the form's place.
  const resume = () => resuming ||= (async () => {
    move(parent, true);
    for (const area of AREAS) await mine(area);
    resuming = 0;
  })();

  const sent = async ({ comment, author, email, url, consent }, parent_id, { status, data }) => {
    const { id, author_token, manage_url, message } = data;
    // On a borrowed computer nothing is left behind when the window closes.
    const area = AREAS[consent ? 1 : 0];
    // The token tells the service that this browser comes back; a name and an address could be anybody's.
    store("localStorage", IDENTITY, consent ? { author, email, url, author_token } : null);
    fields.author_token.value = consent ? author_token : "";
    const own = {
      id, status: data.status, message, parent_id, author: { name: author, url }, text: comment, link: manage_url,
      created_at: new Date().toJSON(), permalink: `${page_url}#comment-${id}`,
    };
    if (status === 201) published[id] = { ...own, said: message };
    // A browser that blocks storage throws.
    try {
      add(area, own);
    } catch {}
    store("sessionStorage", draft, null);
    fields.comment.value = left.textContent = token = attempt = "";
    view.hidden = true;
    move();
    tell("sent", { id, status });
    await load();
    // Where it is held, or not yet in a cache on the way, the reader alone sees it.
    await resume();
    // A browser that keeps nothing shows it this once.
    if (!known(id)) reveal(own, own);
    await host.show(id);
  };

  const post = async () => {
    const values = typed();
    const parent_id = parent?.id;
    const text = JSON.stringify([values, parent_id]);
    // A retry of the same text keeps its key: an answer lost on the way must not make a second comment.
    if (text !== attempt) key = crypto.getRandomValues(new Uint32Array(4)).join("-");
    attempt = text;
    const once = async () => {
      await prepare();
      // Said only where it has to be waited for: a proof that is there is taken in the same breath.
      if (wait) notice.textContent = wait;
      const altcha = await proof;
      if (wait) notice.textContent = "";
      const body = { ...values, page, page_url, page_title: document.title, parent_id, token, altcha };
      return call("comments", { lang }, sending(body, { "Idempotency-Key": key }));
    };
    let answer = await once();
    // Only a token that expired, or was used before, comes back with a fresh one.
    if (answer.data.token) {
      token = answer.data.token;
      answer = await once();
    }
    if (answer.status > 299) return fail(answer.data, answer.status > 499);
    // It is stored: whatever goes wrong from here on, it is not to be sent again.
    await sent(values, parent_id, answer).catch((fault) => console.warn("leave-a-reply:", fault));
  };

  form.onsubmit = async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = fields.comment.readOnly = true;
    submit.textContent = words.sending;
    fail();
    await post().catch(failed);
    submit.textContent = words.post;
    submit.disabled = fields.comment.readOnly = false;
  };
  form.addEventListener("focusin", prepare);
  form.oninput = () => {
    keep();
    view.hidden = true;
    clearTimeout(timer);
    // A screen reader hears the number when the typing rests, not at each key.
    timer = setTimeout(() => {
      const room = limit - [...fields.comment.value.trim()].length;
      left.textContent = room < 0 ? counted(words, "over", -room, locale) : room < NEAR ? counted(words, "left", room, locale) : "";
    }, 500);
  };
  preview.onclick = async () => {
    try {
      const { status, data } = await call("preview", { lang }, sending({ comment: fields.comment.value }));
      fail(status === 200 ? null : data);
      if (status !== 200) return;
      // The very markup that would be served.
      view.innerHTML = data.html;
      view.hidden = false;
      view.focus();
    } catch (fault) {
      failed(fault);
    }
  };
  cancel.onclick = () => {
    const from = at(parent.id);
    move();
    (from ? parts(from).reply : fields.comment).focus();
  };

  const kept = store("sessionStorage", draft) || {};
  const values = { ...store("localStorage", IDENTITY), ...kept };
  for (const name in values) if (fields[name]) fields[name].value = values[name];
  fields.consent.checked = kept.author === undefined ? values.email : kept.consent;
  parent = kept.parent;
  return { move, rest, resume, focus: () => fields.comment.focus() };
};
