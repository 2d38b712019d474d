// Tells the desk that opened this page how the embed stands here. Loaded only when the desk asks for it.
"use strict";

export async function check(script) {
  const { site, page: named } = script.dataset;
  const element = document.querySelector("leave-a-reply");
  const page = element?.getAttribute("page") || named || location.href.split("#")[0];
  const status = async (what) => {
    const url = new URL(`v1/sites/${site}/${what}?${new URLSearchParams({ page })}`, script.src);
    const answer = await fetch(url, { credentials: "omit" }).catch(() => ({ status: 0 }));
    return answer.status;
  };
  const found = {
    kind: "reply:check", site, page, origin: location.origin, element: Boolean(element),
    comments: await status("comments"), form: await status("form"),
  };
  // Only the service's own desk hears it.
  opener?.postMessage(found, new URL(script.src).origin);
}
