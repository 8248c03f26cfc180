// Suggestions below a search field, as an ARIA combobox.
for (const field of document.querySelectorAll("[data-suggest]")) {
  const list = document.createElement("ul");
  const set = (on, names) => { for (const name in names) on.setAttribute(name, names[name]); };
  let timer, asked, at;
  set(list, { id: `${field.id}-list`, role: "listbox", "aria-label": "Suggestions" });
  set(field, { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id });
  field.after(list);

  const show = (open) => {
    at = -1;
    list.hidden = !open;
    set(field, { "aria-expanded": open, "aria-activedescendant": "" });
  };
  const choose = (to) => {
    const all = [...list.children];
    at = (to + all.length) % all.length;
    all.forEach((li, i) => set(li, { "aria-selected": i === at }));
    set(field, { "aria-activedescendant": all[at].id });
  };
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const address = field.dataset.suggest + encodeURIComponent(field.value);
      const { found } = await (await fetch(address, asked)).json();
      list.replaceChildren(...found.map(({ title, url, kind }, i) => {
        const li = document.createElement("li");
        set(li, { id: `${list.id}-${i}`, role: "option", "aria-selected": false });
        li.append(`${title} (${kind})`);
        li.onpointerdown = (e) => e.preventDefault();
        li.onclick = () => location.assign(url);
        return li;
      }));
      show(found.length > 0);
    } catch (e) { if (e.name !== "AbortError") show(false); }
  };
  show(false);
  field.oninput = () => timer = setTimeout(ask, 120, clearTimeout(timer));
  field.onblur = () => show(false);
  field.onkeydown = (e) => {
    const act = {
      ArrowDown: () => choose(at + 1),
      ArrowUp: () => choose(at < 0 ? -1 : at - 1),
      Escape: () => show(false),
      Enter: at < 0 ? 0 : () => list.children[at].click(),
    }[e.key];
    if (list.hidden || !act) return;
    e.preventDefault();
    act();
  };
}
