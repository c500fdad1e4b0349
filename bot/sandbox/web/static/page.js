// The page's script: starts what the others do. The pages are drawn by the server; nothing here draws.
import { listen } from "./live.js";
import { act } from "./act.js";
import { compose } from "./compose.js";
import { bottom, dialogs } from "./swap.js";

function clock() {
  const shown = document.getElementById("clock");
  const ahead = Number(shown.dataset.now) - Date.now();
  const form = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: shown.dataset.zone });
  setInterval(() => { shown.textContent = form.format(Date.now() + ahead); }, 1000);
}

function menu() {
  const button = document.getElementById("menu");
  if (!button) return;
  const turn = (open) => {
    document.body.classList.toggle("nav-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => turn(!document.body.classList.contains("nav-open")));
  document.getElementById("main").addEventListener("click", (event) => {
    if (!button.contains(event.target)) turn(false);
  });
}

function popups() {
  // One open menu at a time; a press elsewhere or Escape closes it.
  const close = (except) => {
    for (const each of document.querySelectorAll("details.more[open]")) {
      if (each !== except) each.open = false;
    }
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.more")));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(null); });
}

dialogs();
for (const each of document.querySelectorAll("#messages, #thread")) bottom(each);
document.getElementById("reply")?.focus();
const wanted = location.hash && document.getElementById(location.hash.slice(1));
if (wanted) {
  wanted.scrollIntoView({ block: "center" });
  wanted.classList.add("wanted");
}
clock();
menu();
popups();
act();
compose();
listen();
