// A half-written edit outlives what loads the page anew, as replies do. It comes back only to the text that it was made
// of: over a text that somebody else has changed meanwhile it would undo their words.
"use strict";

for (const form of document.querySelectorAll(".edit form")) {
  const field = form.elements.text;
  const key = `desk-draft ${new URL(form.action).pathname}`;
  const [base, typed] = JSON.parse(sessionStorage.getItem(key) ?? "[]");
  if (base === field.defaultValue && !("kept" in field.dataset)) {
    field.value = typed;
    form.closest("details").open = true;
  }
  field.addEventListener("input", () => {
    if (field.value === field.defaultValue) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify([field.defaultValue, field.value]));
  });
  form.addEventListener("submit", () => sessionStorage.removeItem(key));
}
