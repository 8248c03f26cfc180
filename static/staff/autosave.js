// Keep what stands in an open form: every 20 seconds and on leaving. Without this file the form saves as any form does.
const box = document.getElementById("draft-state");
const form = box && box.closest("form");

if (form) {
  const opened = form.elements.opened;
  const told = document.getElementById("saved");
  const others = document.getElementById("others");
  let sending = null;
  let done = false;

  const words = () => {
    const data = new FormData(form);
    ["csrfmiddlewaretoken", "opened"].forEach((name) => data.delete(name));
    return JSON.stringify([...data.entries()]);
  };
  let kept = words();

  const link = (address) => {
    const a = document.createElement("a");
    a.href = address;
    a.textContent = "Look at both texts.";
    told.append(" ", a);
  };

  const answer = async (response, sent) => {
    if (!response.ok || response.redirected) throw new Error(response.status);
    const said = await response.json();
    kept = sent;
    others.hidden = !said.others.length;
    others.textContent = said.others.length
      ? `Also has this open: ${said.others.join(", ")}. If both of you save, both texts are kept and shown side by side.` : "";
    if (said.aside) {
      told.textContent = "The draft was changed by someone else. Your words are kept beside it.";
      link(said.aside);
    } else {
      opened.value = said.opened;
      if (said.saved) told.textContent = `Kept as a draft at ${said.saved}.`;
    }
  };

  const save = (leaving) => {
    const sent = words();
    if (done || sending || (leaving && sent === kept)) return sending;
    sending = fetch(box.dataset.autosave, { method: "POST", body: new FormData(form), keepalive: leaving === true })
      .then((response) => answer(response, sent))
      .catch(() => { told.textContent = "Not kept just now: the site did not answer. It is tried again in 20 seconds."; })
      .finally(() => { sending = null; });
    return sending;
  };

  setInterval(save, Number(box.dataset.every || 20) * 1000);
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
  // A save on its way changes what the form was opened with, so the form waits for it.
  form.addEventListener("submit", (event) => {
    done = true;
    if (!sending) return;
    event.preventDefault();
    sending.finally(() => (form.requestSubmit ? form.requestSubmit(event.submitter) : form.submit()));
  });
  window.addEventListener("pagehide", () => {
    save(true);
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    navigator.sendBeacon(box.dataset.leave, data);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
