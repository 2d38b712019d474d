// The hosted form while its site is flooded: does the proof of work while the reader writes. Without this file the form
// works too; its comment then waits for a moderator.
import { prove } from "../proof.js";

const field = document.querySelector("input[name=altcha]");
const status = document.getElementById("proof");
const { form } = field;
let proof, proved, waiting;

const start = () => proof ||= prove(JSON.parse(field.dataset.challenge)).then((found) => {
  field.value = found;
  proved = true;
});

form.addEventListener("focusin", start, { once: true });
form.addEventListener("submit", async (event) => {
  if (proved || event.submitter?.name === "preview") return;
  event.preventDefault();
  if (waiting) return;
  waiting = true;
  status.textContent = status.dataset.words;
  await start();
  form.requestSubmit();
});
