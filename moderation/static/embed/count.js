// How many comments pages have, for <reply-count>: the embed loads this where a page shows such numbers.
const MOST = 100; // pages in one request
let waiting = [];

// Puts the number of a page's comments into its element. All that turn up together are asked for together.
export const count = (host, { script, call, tongue, speak, headed }) => {
  const page = (each) => each.getAttribute("page") || script.dataset.page || location.href.split("#")[0];
  if (waiting.push(host) > 1) return;
  setTimeout(async () => {
    const hosts = waiting.splice(0);
    while (hosts[0]) {
      const some = hosts.splice(0, MOST);
      const asked = [...new Set(some.map(page))].map((each) => ["page", each]);
      // Without an answer the element keeps the words that stand in it.
      const { data } = await call("counts", asked).catch(() => ({ data: {} }));
      for (const each of data.counts ? some : []) {
        const [locale, lang] = tongue(each);
        each.textContent = headed(await speak(lang), data.counts[page(each)], locale);
      }
    }
  });
};
