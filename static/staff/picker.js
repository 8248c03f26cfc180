// Find a record or a source by name and put its link or citation where the cursor stands.
const tools = document.getElementById("staff-tools");

if (tools && window.HTMLDialogElement) {
  const dialog = document.createElement("dialog");
  dialog.className = "staff-picker";
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "search";
  input.id = "staff-pick-words";
  input.autocomplete = "off";
  label.htmlFor = input.id;
  const told = document.createElement("p");
  told.setAttribute("role", "status");
  const list = document.createElement("ul");
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.append(label, input, told, list, close);
  document.body.append(dialog);
  let area, kind, from, to, asked = 0, waiting;

  const take = (item) => {
    dialog.close();
    area.focus();
    area.setSelectionRange(from, to);
    const chosen = area.value.slice(from, to);
    const text = kind === "sources" ? item.link : `[${chosen || item.title}](${item.link})`;
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  const show = (found) => {
    told.textContent = found.length ? `${found.length} found` : "Nothing by that name is published.";
    list.replaceChildren(...found.map((item) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${item.title} (${item.kind})`;
      button.addEventListener("click", () => take(item));
      row.append(button);
      return row;
    }));
  };

  const find = async () => {
    const mine = ++asked;
    const query = new URLSearchParams({ q: input.value, kind, from: area.dataset.markdown });
    try {
      const response = await fetch(`${tools.dataset.find}?${query}`);
      const said = await response.json();
      if (mine === asked) show(said.found);
    } catch {
      told.textContent = "The site did not answer. Try again.";
    }
  };

  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(find, 200); });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const first = list.querySelector("button");
    if (first) first.click();
  });
  document.addEventListener("staff-pick", (event) => {
    area = event.target;
    kind = event.detail;
    [from, to] = [area.selectionStart, area.selectionEnd];
    label.textContent = kind === "sources" ? "Find a source" : "Find a page";
    input.value = area.value.slice(from, to);
    list.replaceChildren();
    dialog.showModal();
    find();
  });
}
