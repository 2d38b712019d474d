// Leave a Reply: the comments of a page and their form, as <leave-a-reply>.
// For readers without JavaScript put a link to the hosted form (/sites/KEY/reply?page=…) inside the element.
(() => {
  const STRINGS = /*STRINGS*/{};
  const script = document.currentScript;
  const { site } = script.dataset;
  const IDENTITY = "leave-a-reply:author";

  // Colours come from the host's own text colour, so that they hold on light and dark pages alike.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; min-height: 20rem; overflow-wrap: anywhere }
    * { box-sizing: border-box }
    [hidden], ol:empty { display: none }
    h2, h3 { font-size: 1.375em; margin: 1em 0 .5em }
    ol { margin: 0; padding: 0 }
    ol ol, blockquote { border-inline-start: 2px solid var(--reply-line, color-mix(in srgb, currentColor 25%, #0000));
      margin: 0; padding-inline-start: clamp(.6rem, 4%, 2rem) }
    ol ol ol ol ol { border: 0; padding: 0 }
    li { list-style: none }
    article { padding: .75em 0; scroll-margin: 5rem }
    header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75em }
    [part=author], label { display: block; font-weight: 700 }
    [part=consent] { font-weight: 400 }
    [part=badge], time { font-size: .875em }
    [part=badge] { border: 1px solid; padding: 0 .5em }
    [part~=own] [part=body] { margin: 1em 0; white-space: pre-wrap }
    pre { overflow: auto }
    a, button, input, textarea { background: none; color: inherit; font: inherit }
    button { border: 0; cursor: pointer; padding: .25em 0; text-decoration: underline }
    [part=submit], [part=more] { background: var(--reply-accent, none); border: 2px solid; color: var(--reply-on-accent, inherit);
      text-decoration: none }
    [part=submit], [part=more], [part=input] { border-radius: var(--reply-radius, .25rem); padding: .5em .75em }
    [part=input] { border: 1px solid; display: block; font-weight: 400; width: 100% }
    input[part] { max-width: 28rem }
    [part=errors] { border: 2px solid; padding: .5em .75em }
    [part=errors] a { display: block }
    [part^=error], [part=errors] a { unicode-bidi: plaintext }
    [part^=error], [aria-invalid=true] { color: var(--reply-alarm, color-mix(in srgb, currentColor 50%, red)); font-weight: 700 }
    [aria-hidden] { clip-path: inset(50%); position: absolute; width: 1px }
    :focus-visible, [aria-current] { outline: 2px solid; outline-offset: 2px }`);

  const make = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const parts = (node) => Object.fromEntries(Array.from(node.querySelectorAll("[part]"), (part) => [part.part, part]));

  // Reads, after writing a value or forgetting it at "". A browser that blocks storage throws; the form works there too.
  const store = (area, key, value) => {
    try {
      if (value) window[area].setItem(key, value);
      else if (value === "") window[area].removeItem(key);
      return window[area].getItem(key);
    } catch {}
  };

  const ask = async (path, options) => {
    const answer = await fetch(new URL(`v1/sites/${site}/${path}`, script.src), {
      credentials: "omit", signal: AbortSignal.timeout(2e4), ...options,
    });
    return { status: answer.status, data: await answer.json() };
  };

  const start = (host) => {
    const page_url = location.href.split("#")[0];
    const page = host.getAttribute("page") || script.dataset.page || page_url;
    const draft = `leave-a-reply:${site}:${page}`;
    let locale = host.closest("[lang]")?.lang || "en";
    let lang = locale.split("-")[0];
    if (!STRINGS[lang]) lang = locale = "en";
    const words = STRINGS[lang];
    let next, open, parent, token, proof, wait, attempt, key;

    const field = (name, tag, more) => `<p><label>${words[name]}${name === "url" ? "" : " *"}
      <${tag} id="${name}" name="${name}" part="input" aria-describedby="notes error-${name}" ${more}></${tag}></label>
      <span id="error-${name}" part="error"></span></p>`;
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = `<div part="box" lang="${lang}" dir="${words.dir}">
      <h2 part="heading"></h2>
      <ol part="list"></ol>
      <p part="notice" role="status"></p>
      <button part="more" hidden>${words.more}</button>
      <div part="foot"><section part="respond" hidden>
        <header><h3 id="title" part="title"></h3><button part="cancel">${words.cancel}</button></header>
        <form part="form" aria-labelledby="title" novalidate>
          <div part="errors" role="alert" tabindex="-1" hidden></div>
          <p id="notes" part="notes">${words.notes}</p>
          ${field("comment", "textarea", 'rows="7" dir="auto" required')}
          ${field("author", "input", 'dir="auto" autocomplete="name" required')}
          ${field("email", "input", 'type="email" dir="auto" autocomplete="email" required')}
          ${field("url", "input", 'type="url" dir="auto" autocomplete="url"')}
          <input name="contact_me_by_fax" aria-hidden="true" tabindex="-1" autocomplete="off">
          <input name="author_token" type="hidden">
          <p><label part="consent"><input name="consent" type="checkbox"> ${words.consent}</label></p>
          <button part="submit">${words.post}</button>
        </form></section></div>
      <template><li><article part="comment" tabindex="-1">
        <header><a part="author" rel="nofollow ugc noopener"><bdi></bdi></a><span part="badge">${words.staff}</span>
          <a part="permalink"><time></time></a></header>
        <div part="body" dir="auto"></div><button part="reply">${words.reply}</button>
      </article><ol part="replies"></ol></li></template></div>`;
    const { heading, list, notice, more, foot, respond, title, cancel, form, errors, submit } = parts(root);
    const fields = form.elements;
    const at = (id) => root.getElementById("comment-" + id);
    const tell = (name, detail) => host.dispatchEvent(new CustomEvent("reply:" + name, { bubbles: true, detail }));
    const query = (more) => new URLSearchParams({ page, ...more });

    const draw = (data) => {
      const item = root.querySelector("template").content.firstChild.cloneNode(true);
      const { comment, author, badge, permalink, body, reply } = parts(item);
      const { name, url, staff } = data.author;
      comment.id = "comment-" + data.id;
      author.firstChild.textContent = name;
      if (/^https?:/.test(url)) author.href = url;
      badge.hidden = !staff;
      permalink.href = data.permalink;
      permalink.firstChild.dateTime = data.created_at;
      permalink.firstChild.textContent =
        new Date(data.created_at).toLocaleString(locale, { dateStyle: "long", timeStyle: "short" });
      // Sanitised by the service, and the only field that is markup.
      body.innerHTML = data.html;
      reply.hidden = !open;
      reply.ariaLabel = words.leave_to.replace("{name}", () => name);
      reply.onclick = () => move(data);
      (at(data.parent_id)?.nextSibling || list).append(item);
      return comment;
    };

    // One window of threads; true when it came. Without a cursor the list starts anew.
    const load = async (cursor) => {
      notice.textContent = "…";
      try {
        const sort = host.getAttribute("sort") || "oldest";
        const { status, data } = await ask("comments?" + query({ sort, limit: 50, ...(cursor && { cursor }) }), { cache: "no-cache" });
        if (status !== 200) throw data.detail;
        const { count } = data.page;
        open = data.page.open;
        next = data.next;
        if (!cursor) {
          move();
          list.replaceChildren();
        }
        const drawn = data.comments.filter(({ id }) => !at(id)).map(draw);
        if (cursor) drawn[0]?.focus();
        heading.textContent = words[["none", "one"][count] || "many"].replace("{n}", count);
        notice.textContent = open ? "" : words.closed;
        respond.hidden = !open;
        more.hidden = !next;
        tell("loaded", { count });
        return true;
      } catch (fault) {
        console.warn("leave-a-reply:", fault);
        notice.textContent = words.load_failed + " ";
        notice.append(make("button", words.retry, { onclick: () => load(cursor) }));
      }
    };

    // Shows the comment that the address names; it may stand on a later page.
    const seek = async (name) => {
      if (!/^#comment-\d+$/.test(name)) return;
      const find = () => root.querySelector(name);
      for (let pages = 0; !find() && next && pages < 20; pages++) await load(next);
      root.querySelector("[aria-current]")?.removeAttribute("aria-current");
      const target = find();
      target?.setAttribute("aria-current", "true");
      target?.focus();
      target?.scrollIntoView();
      return target;
    };

    // Moves the form under a comment, or home.
    const move = (to) => {
      parent = to;
      const [before, after] = words.leave_to.split("{name}");
      title.replaceChildren(...(to ? [before, make("bdi", to.author.name), after] : [words.leave]));
      cancel.hidden = !to;
      (to ? at(to.id) : foot).append(respond);
      if (to) fields.comment.focus();
    };

    // The token is fetched when the reader turns to the form: that starts the clock of "filled in too fast".
    const prepare = () => token ||= ask("form?" + query({ lang })).then(({ data }) => {
      // Not the comment: a browser cuts what is pasted without a word; the service says how much is too much.
      for (const name of ["author", "email", "url"]) fields[name].maxLength = data.limits[name];
      // Only while the site is flooded. Where it fails the comment goes without, and waits for a moderator.
      wait = data.strings.proof;
      proof = wait && import(new URL("proof.js", script.src)).then(({ prove }) => prove(data.challenge)).catch(() => {});
      return token = data.token;
    }).catch(() => { token = ""; });

    const fail = (problem, again) => {
      errors.hidden = !problem;
      const faults = problem?.errors || {};
      for (const name of ["comment", "author", "email", "url"]) {
        fields[name].ariaInvalid = name in faults;
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
    };

    const sent = async ({ comment, author, email, url, consent }, { status, data }) => {
      const { id, author_token } = data;
      const parent_id = parent?.id;
      // The token tells the service that this browser comes back; a name and an address could be anybody's.
      store("localStorage", IDENTITY, consent ? JSON.stringify({ author, email, url, author_token }) : "");
      fields.author_token.value = consent ? author_token : "";
      store("sessionStorage", draft, "");
      fields.comment.value = token = attempt = "";
      move();
      tell("sent", { id, status });
      if (status === 201 && await load() && await seek("#comment-" + id)) return;
      // Held, or not yet in a cache on the way: the reader alone sees it, as typed.
      const own = draw({ id, parent_id, author: { name: author, url }, created_at: new Date().toJSON(), permalink: "#comment-" + id });
      const { body, reply } = parts(own);
      own.part.add("own");
      body.textContent = comment;
      body.before(make("a", data.message, { href: data.manage_url }));
      reply.remove();
      own.focus();
    };

    const send = async () => {
      const typed = Object.fromEntries(new FormData(form));
      const parent_id = parent?.id;
      const text = JSON.stringify([typed, parent_id]);
      // A retry of the same text keeps its key: an answer lost on the way must not make a second comment.
      if (text !== attempt) key = crypto.getRandomValues(new Uint32Array(4)).join("-");
      attempt = text;
      const post = async () => {
        await prepare();
        // Said only where it has to be waited for: a proof that is there is taken in the same breath.
        if (wait) notice.textContent = wait;
        const altcha = await proof;
        if (wait) notice.textContent = "";
        return ask("comments?lang=" + lang, {
          method: "POST",
          headers: { "Content-Type": "application/json", "Idempotency-Key": key },
          body: JSON.stringify({ ...typed, page, page_url, page_title: document.title, parent_id, token, altcha }),
        });
      };
      let answer = await post();
      // Only a token that expired, or was used before, comes back with a fresh one.
      if (answer.data.token) {
        token = answer.data.token;
        answer = await post();
      }
      if (answer.status < 300) return sent(typed, answer);
      fail(answer.data, answer.status > 499);
    };

    form.onsubmit = async (event) => {
      event.preventDefault();
      submit.disabled = true;
      submit.textContent = words.sending;
      fail();
      await send().catch(() => fail({ detail: words.send_failed }, true));
      submit.textContent = words.post;
      submit.disabled = false;
    };
    form.addEventListener("focusin", prepare);
    fields.comment.oninput = () => store("sessionStorage", draft, fields.comment.value);
    more.onclick = () => load(next);
    cancel.onclick = () => {
      const from = at(parent.id);
      move();
      parts(from).reply.focus();
    };
    const known = JSON.parse(store("localStorage", IDENTITY) || "{}");
    for (const name in known) fields[name].value = known[name];
    fields.consent.checked = known.email;
    fields.comment.value = store("sessionStorage", draft) || "";
    addEventListener("hashchange", () => seek(location.hash));
    load().then(() => seek(location.hash));
  };

  customElements.define("leave-a-reply", class extends HTMLElement {
    connectedCallback() {
      if (!this.shadowRoot) start(this);
    }
  });

  // The desk asks in this way whether the page is set up well.
  if (location.hash === "#reply-check") import(new URL("check.js", script.src)).then(({ check }) => check(script));
})();
