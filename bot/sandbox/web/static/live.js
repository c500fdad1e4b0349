// The live connection: the server sends parts of the page as they change.
import { apply } from "./swap.js";

export function listen() {
  const { live, since } = document.body.dataset;
  const mark = live.includes("?") ? "&" : "?";
  const source = new EventSource(`${live}${mark}since=${since}`);
  source.addEventListener("message", (event) => apply(JSON.parse(event.data)));
  source.addEventListener("open", () => document.body.classList.remove("away"));
  source.addEventListener("error", () => document.body.classList.add("away"));
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
