// A row of buttons over each Markdown field, with shortcuts. Without this file the field is a plain one.
const put = (area, text) => {
  area.focus();
  // execCommand keeps the browser's own undo.
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
};

const around = (mark) => (area) => {
  const { selectionStart: from, selectionEnd: to, value } = area;
  put(area, mark + value.slice(from, to) + mark);
  area.setSelectionRange(from + mark.length, to + mark.length);
};

const before = (mark) => (area) => {
  const from = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const to = area.selectionEnd;
  const lines = area.value.slice(from, to).split("\n");
  area.setSelectionRange(from, to);
  put(area, lines.map((line) => (line.startsWith(mark) ? line.slice(mark.length) : mark + line)).join("\n"));
};

const ask = (kind) => (area) => {
  area.dispatchEvent(new CustomEvent("staff-pick", { bubbles: true, detail: kind }));
};

const TOOLS = [
  ["B", "Bold", "b", around("**")],
  ["I", "Italic", "i", around("*")],
  ["H", "Heading", "h", before("### ")],
  ["•", "List", "l", before("- ")],
  ["Link", "Link to a page of this site", "k", ask("records")],
  ["Source", "Cite a source", "e", ask("sources")],
];

document.querySelectorAll("textarea[data-markdown]").forEach((area) => {
  const bar = document.createElement("div");
  bar.className = "staff-bar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Markdown");
  TOOLS.forEach(([face, name, key, act], place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = face;
    button.title = `${name} (Ctrl+${key.toUpperCase()})`;
    button.setAttribute("aria-label", name);
    button.tabIndex = place ? -1 : 0;
    button.addEventListener("click", () => act(area));
    bar.append(button);
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...bar.children];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    all.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
    next.focus();
  });
  area.addEventListener("keydown", (event) => {
    const tool = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
      && TOOLS.find(([, , key]) => key === event.key.toLowerCase());
    if (tool) {
      event.preventDefault();
      tool[3](area);
    }
  });
  area.before(bar);
});
