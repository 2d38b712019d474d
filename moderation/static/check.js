// Tells the desk that opened this page how the embed stands here. Loaded only when the desk asks for it.
"use strict";

const SERVICE = /*PUBLIC_URL*/"";

export async function check(script) {
  const { site, page: named } = script.dataset;
  const elements = document.querySelectorAll("leave-a-reply");
  const page = elements[0]?.getAttribute("page") || named || location.href.split("#")[0];
  const blocked = new Set();
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => blocked.add(effectiveDirective));

  const ask = async (what) => {
    const url = new URL(`v1/sites/${site}/${what}?${new URLSearchParams({ page })}`, script.src);
    try {
      const answer = await fetch(url, { credentials: "omit" });
      const data = await answer.json().catch(() => ({}));
      return { status: answer.status, detail: data.detail, open: data.open ?? data.page?.open, key: data.page?.key };
    } catch {
      // An answer that this page may not read still tells that the service was reached.
      const reached = await fetch(url, { credentials: "omit", mode: "no-cors" }).then(() => true, () => false);
      // The browser names the directive a moment after it has refused.
      await new Promise((go) => setTimeout(go, 100));
      return { status: 0, reached };
    }
  };

  const found = {
    kind: "reply:check", site, origin: location.origin, src: new URL(script.src).origin, elements: elements.length,
    comments: await ask("comments"), form: await ask("form"), blocked: [...blocked],
  };
  // Only the service's own desk hears it, also where the tag names the service by another address.
  for (const desk of new Set([found.src, SERVICE])) opener?.postMessage(found, desk);
}
