// How many comments pages have, for <reply-count>: the embed loads this where a page shows such numbers.
const MOST = 100; // pages in one request
let waiting = [];

const ask = (call, asked) => call("counts", asked.map((each) => ["page", each])).catch(() => ({}));

// Puts the number of a page's comments into its element. All that turn up together are asked for together.
export const count = (host, { script, call, tongue, speak, headed }) => {
  if (waiting.push(host) > 1) return;
  setTimeout(async () => {
    const page = (each) => each.getAttribute("page") || script.dataset.page || location.href.split("#")[0];
    const hosts = waiting.splice(0).map((each) => [each, page(each)]);
    const pages = [...new Set(hosts.map(([, each]) => each))];
    const counts = {};
    while (pages[0]) {
      const some = pages.splice(0, MOST);
      const { status, data } = await ask(call, some);
      // One page that cannot be spoils the question for all: then each is asked for by itself.
      const found = status === 400 ? await Promise.all(some.map((each) => ask(call, [each]))) : [{ status, data }];
      for (const each of found) if (each.status === 200) Object.assign(counts, each.data.counts);
    }
    for (const [each, its] of hosts) {
      const [locale, lang] = tongue(each);
      // Without an answer the element keeps the words that stand in it.
      if (its in counts) each.textContent = headed(await speak(lang), counts[its], locale);
    }
  });
};
