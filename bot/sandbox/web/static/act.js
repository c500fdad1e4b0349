// Forms go to the server without leaving the page; the answer is a word to the person and parts to show.
import { apply } from "./swap.js";

let fading;

export function tell(words) {
  const toast = document.getElementById("toast");
  toast.textContent = words;
  clearTimeout(fading);
  if (words) fading = setTimeout(() => { toast.textContent = ""; }, 6000);
}

async function post(url, body) {
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { "X-Sandbox-Script": "1" } });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
      tell(answer.ok ? "" : `The sandbox refuses: ${answer.status}.`);
      return answer.ok;
    }
    const { toast, parts } = await answer.json();
    apply(parts);
    tell(toast);
    return answer.ok;
  } catch {
    tell("The sandbox does not answer. Is it still running?");
    return false;
  }
}

async function send(form, submitter, extra = {}, elsewhere = "") {
  if (form.getAttribute("aria-busy") === "true") return false;
  const body = new URLSearchParams(new FormData(form, submitter?.type === "submit" ? submitter : null));
  for (const [name, value] of Object.entries(extra)) body.append(name, value);
  const url = elsewhere || (submitter?.getAttribute("formaction") ?? form.getAttribute("action"));
  form.setAttribute("aria-busy", "true");
  submitter?.classList.add("working");
  const well = await post(url, body);
  form.removeAttribute("aria-busy");
  submitter?.classList.remove("working");
  form.querySelector("details.more[open]")?.removeAttribute("open");
  form.closest("details.more")?.removeAttribute("open");
  return well;
}

function submitted(event) {
  const form = event.target;
  if (!form.matches("form[data-act]")) return;
  event.preventDefault();
  const question = form.closest("#confirm");
  send(form, event.submitter).then((well) => {
    if (question) question.replaceChildren();
    if (well && form.matches("[data-composer], [data-clear]")) form.dispatchEvent(new Event("sent"));
  });
}

function changed(event) {
  // A menu outside of an input block tells the app at once.
  const press = event.target.dataset?.press;
  const form = event.target.form;
  if (!press || !form) return;
  send(form, null, { press }, form.dataset.press);
}

function clicked(event) {
  const link = event.target.closest("a[data-press]");
  if (link) {
    const form = link.closest("form");
    const body = new URLSearchParams(new FormData(form));
    body.append("press", link.dataset.press);
    body.append("linked", "yes");
    fetch(form.dataset.press ?? form.getAttribute("action"), { method: "POST", body, keepalive: true, headers: { "X-Sandbox-Script": "1" } });
  }
  if (event.target.closest("[data-dismiss]")) document.getElementById("confirm").replaceChildren();
}

function cancelled(event) {
  // Escape in a dialog: the question goes away; a modal is closed by the app's own rules.
  const dialog = event.target;
  event.preventDefault();
  if (dialog.closest("#confirm")) dialog.parentElement.replaceChildren();
  else dialog.querySelector("[data-close]")?.click();
}

export function act() {
  document.addEventListener("submit", submitted);
  document.addEventListener("change", changed);
  document.addEventListener("click", clicked);
  document.addEventListener("cancel", cancelled, true);
  document.addEventListener("sent", (event) => {
    if (event.target.matches("[data-clear]")) event.target.reset();
  }, true);
}
