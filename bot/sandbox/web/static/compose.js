// The composer: Enter sends, Shift+Enter breaks the line, a slash offers the app's commands.

function grow(area) {
  area.style.height = "auto"; // by the object model: the policy forbids style attributes only
  area.style.height = `${Math.min(area.scrollHeight, 180)}px`;
}

function offers(area) {
  const list = document.getElementById(area.getAttribute("aria-controls") ?? "");
  if (!list) return { update() {}, key() { return false; } };
  const all = [...list.children];
  const shown = () => all.filter((each) => !each.hidden);
  const chosen = () => all.find((each) => each.getAttribute("aria-selected") === "true");
  const select = (one) => {
    for (const each of all) each.setAttribute("aria-selected", String(each === one));
    if (one) area.setAttribute("aria-activedescendant", one.id);
    else area.removeAttribute("aria-activedescendant");
  };
  const open = (yes) => {
    list.hidden = !yes;
    area.setAttribute("aria-expanded", String(yes));
    if (!yes) select(null);
  };
  const take = (one) => {
    area.value = `${one.dataset.command} `;
    open(false);
    area.focus();
  };
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const one = event.target.closest("[data-command]");
    if (one) take(one);
  });
  area.addEventListener("blur", () => open(false));
  return {
    update() {
      const typed = area.value;
      for (const each of all) each.hidden = !each.dataset.command.startsWith(typed);
      open(/^\/\S*$/.test(typed) && shown().length > 0);
      if (!list.hidden) select(shown()[0]);
    },
    key(event) {
      if (list.hidden) return false;
      const there = shown();
      const at = there.indexOf(chosen());
      if (event.key === "ArrowDown") select(there[(at + 1) % there.length]);
      else if (event.key === "ArrowUp") select(there[(at + there.length - 1) % there.length]);
      else if (event.key === "Escape") open(false);
      else if (event.key === "Tab" || (event.key === "Enter" && chosen()?.dataset.command !== area.value)) take(chosen());
      else return false;
      return true;
    },
  };
}

export function compose() {
  for (const form of document.querySelectorAll("form[data-composer]")) {
    const area = form.querySelector("textarea");
    const list = offers(area);
    area.addEventListener("input", () => { grow(area); list.update(); });
    area.addEventListener("keydown", (event) => {
      if (list.key(event)) event.preventDefault();
      else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("sent", () => { area.value = ""; grow(area); list.update(); area.focus(); });
  }
}
