// Parts of the page: put in, swapped, taken away; without losing focus, scroll position or typed text.

export function bottom(list) {
  list.scrollTop = list.scrollHeight;
}

function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

function fields(root) {
  return root.querySelectorAll("input[name]:not([type=hidden]), textarea[name], select[name]");
}

// What was typed but not sent yet survives when the same form is drawn anew.
function keep(old, fresh) {
  const before = old.querySelector("[data-view]")?.dataset.view;
  const after = fresh.querySelector("[data-view]")?.dataset.view;
  if (!before || before !== after) return;
  const typed = new Map();
  for (const each of fields(old)) typed.set(`${each.name}=${each.type === "checkbox" || each.type === "radio" ? each.value : ""}`, each);
  for (const each of fields(fresh)) {
    const past = typed.get(`${each.name}=${each.type === "checkbox" || each.type === "radio" ? each.value : ""}`);
    if (!past || past.type !== each.type) continue;
    if (each.type === "checkbox" || each.type === "radio") each.checked = past.checked;
    else each.value = past.value;
  }
}

export function dialogs() {
  for (const each of document.querySelectorAll("#modal > dialog[open], #confirm > dialog[open]")) {
    if (each.matches(":modal")) continue;
    each.removeAttribute("open");
    each.showModal();
    (each.querySelector("[aria-invalid]") ?? each.querySelector("[autofocus]"))?.focus();
  }
}

function swap(part) {
  const old = document.getElementById(part.id);
  const fresh = element(part.html);
  if (!old || !fresh) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const scrolled = [old, ...old.querySelectorAll(".scroll, .inner")].map((each) => each.scrollTop);
  keep(old, fresh);
  old.replaceWith(fresh);
  [fresh, ...fresh.querySelectorAll(".scroll, .inner")].forEach((each, at) => { each.scrollTop = scrolled[at] ?? 0; });
  dialogs();
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function put(part) {
  const list = document.getElementById(part.list);
  const fresh = element(part.html);
  if (!list || !fresh) return;
  const low = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const old = document.getElementById(part.id);
  if (old) {
    const name = old.contains(document.activeElement) ? document.activeElement.value : undefined;
    old.replaceWith(fresh);
    if (name) fresh.querySelector(`button[value="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
  } else {
    const later = [...list.querySelectorAll(":scope > [data-ts]")].find((each) => each.dataset.ts > fresh.dataset.ts);
    list.insertBefore(fresh, later ?? null);
    fresh.classList.add("new");
  }
  if (low) bottom(list);
}

export function apply(parts) {
  for (const part of parts) {
    if (part.op === "swap") swap(part);
    else if (part.op === "put") put(part);
    else if (part.op === "drop") document.getElementById(part.id)?.remove();
    else if (part.op === "reload") location.reload();
  }
}
