// Leave a Reply: the comments of a page and their form, as <leave-a-reply>, and how many there are, as <reply-count>.
// `make embed` joins this file with style.css and frame.html into ../embed.js; the service puts in the words of a language.
(() => {
  if (customElements.get("leave-a-reply")) return;
  const script = document.currentScript || document.querySelector("script[data-site]");
  const { site } = script.dataset;
  const included = $WORDS$;
  const spoken = { [included.lang]: included };
  const AREAS = ["sessionStorage", "localStorage"];
  // Replies of a thread that are drawn without being asked for, and threads of a window.
  const SHOWN = 5, WINDOW = 50;
  // The elements that stand in the page, and what each of them shows.
  const live = new Map();

  const sheet = new CSSStyleSheet();
  sheet.replaceSync($STYLE$);

  const make = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const parts = (node) => Object.fromEntries(Array.from(node.querySelectorAll("[part]"), (part) => [part.part, part]));

  // Reads, after writing a value or forgetting it at null. A browser that blocks storage throws; the form works there too.
  const store = (area, key, value) => {
    try {
      if (value) window[area].setItem(key, JSON.stringify(value));
      else if (value === null) window[area].removeItem(key);
      return JSON.parse(window[area].getItem(key));
    } catch {}
  };

  const ask = async (path, options) => {
    const answer = await fetch(new URL(path, script.src), {
      credentials: "omit", signal: AbortSignal.timeout(2e4), ...options,
    });
    return { status: answer.status, data: await answer.json() };
  };
  const call = (path, query, options) => ask(`v1/sites/${site}/${path}?` + new URLSearchParams(query), options);

  // The language that an element stands in, and its words; where we do not speak it, those that the script came with.
  const tongue = (host) => {
    const given = (host.closest("[lang]")?.lang || document.documentElement.lang).replaceAll("_", "-");
    const lang = given.split("-")[0].toLowerCase();
    if (!$LANGUAGES$.includes(lang)) return [included.lang, included.lang];
    // Not every tag that a page may carry is one that a browser has dates and numbers for.
    try {
      return [Intl.getCanonicalLocales(given)[0], lang];
    } catch {
      return [lang, lang];
    }
  };
  const speak = async (lang) => {
    try {
      if (!spoken[lang]) {
        const { status, data } = await ask(`embed/${lang}.json`);
        if (status === 200) spoken[lang] = data;
      }
    } catch {}
    return spoken[lang] || included;
  };
  const counted = (words, name, n, locale) =>
    (words[`${name}_${new Intl.PluralRules(words.lang).select(n)}`] || words[name + "_other"])
      .replace("{n}", n.toLocaleString(locale));
  const headed = (words, n, locale) => n ? counted(words, "count", n, locale) : words.none;

  // As `text/language.py` tells it: what a comment's letters say of its language, for the reader's voice and font.
  const LETTERS = [
    ["ur", /[\u0600-\u06ff]/g, /[ٹڈڑںے]/], ["fa", /[\u0600-\u06ff]/g, /[پچژگکی]/], ["ar", /[\u0600-\u06ff]/g, /./],
    ["hi", /[\u0900-\u097f]/g, /./], ["bn", /[\u0980-\u09ff]/g, /./], ["ja", /[ぁ-ヿ一-鿿]/g, /[ぁ-ヿ]/], ["zh", /[一-鿿]/g, /./],
    ["ko", /[가-힣]/g, /./], ["uk", /[а-яёіїєґ]/gi, /[іїєґ]/i], ["ru", /[а-яё]/gi, /[ыэё]/i],
  ];
  const count = (text, letters) => text.match(letters)?.length || 0;
  const language = (text) => LETTERS.find(([, script, marks]) =>
    2 * count(text, script) > count(text, /\p{L}/gu) && marks.test(text))?.[0] || "";

  const ago = (date, locale) => {
    let past = (date - Date.now()) / 1e3;
    for (const [unit, size] of [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", 1e9]]) {
      // "Last year" is said of the year before, not of twelve months ago: only "now" is a word.
      const numeric = unit === "second" && past > -1 ? "auto" : "always";
      if (past > -size) return new Intl.RelativeTimeFormat(locale, { numeric }).format(Math.min(Math.trunc(past), 0), unit);
      past /= size;
    }
  };

  // Kept when a node is about to be seen, or the address leads to it.
  const near = (node) => new Promise((done) => {
    const watch = new IntersectionObserver((seen) => seen.pop().isIntersecting && come(), { rootMargin: "1200px" });
    const led = () => /^#(comment|reply|respond)/.test(location.hash) && come();
    const come = () => {
      removeEventListener("hashchange", led);
      watch.disconnect();
      done();
    };
    addEventListener("hashchange", led);
    watch.observe(node);
    led();
  });

  const start = async (host) => {
    const page_url = location.href.split("#")[0];
    const given = host.getAttribute("page") || script.dataset.page;
    const page = given || page_url;
    const key = given || location.pathname;
    const draft = `leave-a-reply:${site}:${key}`;
    const [locale, lang] = tongue(host);
    const asked = host.getAttribute("sort");
    let sort = asked || store("localStorage", "leave-a-reply:sort") || "oldest";
    const mine = { state: [key, locale, asked].join() };
    // Another start of the same element makes this one stale, even if both are for the same page.
    const current = () => live.get(host) === mine;
    if (!live.has(host) || live.get(host).state === mine.state) return;
    live.set(host, mine);
    const root = host.shadowRoot || host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = '<div part="box"><slot>';
    await near(host);
    if (!current()) return;
    const threads = (more) => call("comments", { page, sort, limit: WINDOW, ...more }, { cache: "no-cache" });
    let early = threads();
    early.catch(() => {});
    const words = await speak(lang);
    if (!current()) return;

    let next, open, deepest, last, begun, writer, known = {}, folded = {}, turn = 0, tries = "", mark = () => {};
    const box = root.firstChild;
    box.lang = lang;
    box.dir = words.dir;
    box.innerHTML = $FRAME$.replace(/{(\w+)}/g, (_, name) => words[name]);
    const { heading, all, list, notice, more, foot, sort: order } = parts(box);
    const at = (id) => root.getElementById("comment-" + id);
    const again = (sentence, act) => {
      notice.textContent = sentence + " ";
      notice.append(make("button", words.retry, { onclick: act }));
      tell("failed", {});
    };
    const tell = (name, detail) => host.dispatchEvent(new CustomEvent("reply:" + name, { bubbles: true, detail }));
    const named = (sentence, name) => {
      const [before, after] = sentence.split("{name}");
      return [before, make("bdi", name), after];
    };

    // A comment with its place among the others: `depth` is 1 at the left, `root` begins its thread.
    const place = (data) => {
      const above = known[data.parent_id];
      return known[data.id] = { ...data, above, root: above ? above.root : data.id, depth: above ? above.depth + 1 : 1 };
    };

    const draw = (data) => {
      const { above, depth, id, author: { name, url, staff } } = data;
      const item = box.querySelector("template").content.firstChild.cloneNode(true);
      const { comment, context, author, badge, permalink, body, reply } = parts(item);
      const when = new Date(data.created_at);
      const time = permalink.firstChild;
      comment.id = "comment-" + id;
      // Where a reply does not stand right below what it answers, it says so.
      if (above && last !== above.id) {
        context.hidden = false;
        context.href = `${page_url}#comment-${above.id}`;
        // At the second click the address is that already.
        context.onclick = () => host.show(above.id);
        context.append(...named(words.in_reply, above.author.name));
      }
      author.firstChild.textContent = name;
      if (/^https?:/.test(url)) author.href = url;
      badge.hidden = !staff;
      permalink.href = data.permalink;
      time.dateTime = data.created_at;
      time.textContent = ago(when, locale);
      time.title = when.toLocaleString(locale, { dateStyle: "long", timeStyle: "short" });
      // Sanitised by the service, and the only field that is markup.
      body.innerHTML = data.html;
      const tag = language(body.textContent);
      if (tag) body.lang = tag;
      reply.hidden = !open || depth >= deepest;
      reply.setAttribute("aria-label", `${words.reply}: ${name}`);
      reply.onclick = () => write((form) => form.move(data));
      const over = at(above?.id);
      (over ? depth > deepest ? over.closest("ol") : over.nextSibling : list).append(item);
      last = id;
      mark(comment, data);
      return comment;
    };

    // The first replies of a thread are drawn; the others when the reader asks for them.
    const show = (data) => {
      const thread = folded[data.root] ||= { drawn: 0, rest: [] };
      if (thread.drawn++ <= SHOWN) return draw(data);
      thread.rest.push(data);
      thread.button ||= (() => {
        const button = make("button", "", { onclick: () => unfold(thread)[0].focus() });
        button.part = "fold";
        at(data.root).parentNode.append(button);
        return button;
      })();
      thread.button.textContent = counted(words, "replies", thread.rest.length, locale);
    };
    const unfold = (thread) => {
      thread.button.remove();
      thread.drawn = -1e9;
      return thread.rest.splice(0).map(draw);
    };

    // One window of threads; true when it came. Only what follows a cursor is added to what stands there.
    const load = async (query) => {
      const further = query?.cursor;
      // What was asked for before the list began anew is not wanted any more.
      const asked = further ? turn : ++turn;
      const late = () => !current() || asked !== turn || (further && further !== next);
      notice.textContent = "…";
      try {
        const first = early;
        early = 0;
        const { status, data } = await (first || threads(query));
        if (late()) return;
        if (status !== 200) throw data.detail;
        const { count, depth } = data.page;
        next = data.next;
        open = data.page.open;
        deepest = depth;
        if (!further) {
          (await Promise.resolve(writer).catch(() => {}))?.rest();
          foot.hidden = !open;
          known = {};
          folded = {};
          list.replaceChildren();
        }
        const drawn = data.comments.filter(({ id }) => !known[id]).map((each) => show(place(each)));
        if (further) drawn.find(Boolean)?.focus();
        heading.textContent = headed(words, count, locale);
        notice.textContent = open ? location.hash === "#reply-pending" ? words.pending : "" : words.closed;
        all.hidden = !query?.around;
        more.hidden = !next;
        order.hidden = count < 2;
        root.querySelector("slot")?.remove();
        // Below the screen nothing that moves is seen, so the free space is not needed.
        if (box.getBoundingClientRect().top > innerHeight) box.style.minHeight = 0;
        tell("loaded", { count });
        const owns = AREAS.some((area) => store(area, draft + ":own"));
        if (!further && (open || owns)) near(open ? foot : box).then(() => current() && write((form) => form.resume()));
        if (!begun) {
          begun = true;
          await host.show();
        }
        return true;
      } catch (fault) {
        if (late()) return;
        console.warn("leave-a-reply:", fault);
        again(words.load_failed, async () => await load(query) && heading.focus());
      }
    };

    // Shows a comment by its number, or what the address names: a comment, wherever it stands, or the form.
    host.show = async (id = /^#comment-(\d+)$/.exec(location.hash)?.[1]) => {
      if (!id) return location.hash === "#respond" && write((form) => form.focus());
      if (!known[id] && (next || !all.hidden)) await load({ around: id });
      if (!at(id) && known[id]) unfold(folded[known[id].root]);
      root.querySelector("[aria-current]")?.removeAttribute("aria-current");
      const target = at(id);
      target?.setAttribute("aria-current", "true");
      target?.focus();
      target?.scrollIntoView();
      return target;
    };
    host.refresh = load;

    // The form is loaded when it is about to be seen, or asked for.
    const write = async (act) => {
      try {
        const found = await (writer ||= import(new URL(`form.js?lang=${words.lang}${tries}`, script.src)).then(({ attend }) => attend({
          script, page, page_url, locale, host, root, foot, notice, store, make, parts, call, counted, named, tell, place, draw, load,
          at, known: (id) => known[id], draft, AREAS, marking: (act) => mark = act,
        })));
        return act(found);
      } catch (fault) {
        console.warn("leave-a-reply:", fault);
        writer = 0;
        // A browser may remember that an address failed.
        tries += "&";
        again(words.form_failed, () => write(act));
      }
    };

    more.onclick = () => load({ cursor: next });
    all.onclick = async () => await load() && heading.focus();
    order.value = sort;
    order.onchange = () => {
      sort = order.value;
      more.hidden = true;
      store("localStorage", "leave-a-reply:sort", sort);
      load();
    };
    load();
  };

  customElements.define("leave-a-reply", class extends HTMLElement {
    static observedAttributes = ["page", "lang", "sort"];
    connectedCallback() {
      live.set(this, {});
      start(this);
    }
    disconnectedCallback() { live.delete(this); }
    attributeChangedCallback() { start(this); }
  });

  customElements.define("reply-count", class extends HTMLElement {
    connectedCallback() {
      import(new URL("count.js", script.src)).then(({ count }) => count(this, { script, call, tongue, speak, headed }));
    }
  });

  const moved = () => live.forEach((_, host) => start(host));
  addEventListener("hashchange", () => live.forEach((_, host) => host.show?.()));
  addEventListener("popstate", moved);
  if (window.navigation) navigation.addEventListener("currententrychange", moved);
  else for (const name of ["pushState", "replaceState"]) {
    const own = history[name];
    history[name] = function (...all) {
      own.apply(this, all);
      moved();
    };
  }

  // The desk asks in this way whether the page is set up well.
  if (location.hash === "#reply-check") import(new URL("check.js", script.src)).then(({ check }) => check(script));
})();
