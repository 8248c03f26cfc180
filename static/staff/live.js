// Beneath each Markdown field, the text as the site will show it, while it is typed.
const desk = document.getElementById("staff-tools");

if (desk) {
  document.querySelectorAll("textarea[data-markdown]").forEach((area) => {
    const box = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = "Show as on the page";
    const page = document.createElement("div");
    page.className = "staff-live";
    box.append(summary, page);
    area.after(box);
    let waiting, asked = 0;

    const show = async () => {
      const mine = ++asked;
      const body = new FormData();
      body.set("csrfmiddlewaretoken", area.form.elements.csrfmiddlewaretoken.value);
      body.set("text", area.value);
      body.set("file", area.dataset.markdown);
      try {
        const response = await fetch(desk.dataset.render, { method: "POST", body });
        const html = response.ok ? await response.text() : "";
        // The site's own renderer has sanitised this.
        if (mine === asked && response.ok) page.innerHTML = html;
      } catch {
        page.textContent = "The site did not answer. Type on; it is tried again.";
      }
    };

    box.addEventListener("toggle", () => { if (box.open) show(); });
    area.addEventListener("input", () => {
      clearTimeout(waiting);
      if (box.open) waiting = setTimeout(show, 400);
    });
  });
}
