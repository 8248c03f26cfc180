// Print and copy buttons. Without this file they stay hidden, and the browser's own menu does the same.
const tools = document.querySelector("[data-tools]");
if (tools) {
  const said = tools.querySelector("[role=status]");
  const print = tools.querySelector("[data-tool=print]");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  const copy = tools.querySelector("[data-tool=copy]");
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", () =>
    navigator.clipboard.writeText(location.href).then(
      () => { said.textContent = "Link copied."; },
      () => { said.textContent = "Your browser did not allow it. Copy the address from its address bar."; },
    ),
  );
}
