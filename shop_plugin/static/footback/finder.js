/* One question at a time, and answers that stay in this tab. The page works the same without this file. */
(() => {
  "use strict";
  // What was answered, in the memory of this tab alone: it is gone when the tab is closed.
  // An entry of the history holds the place of its answers in this list, and no answer.
  const KEY = "footback.finder";
  let asked = null;

  const page = () => document.querySelector("[data-fb-finder]");
  if (!page()) return;
  const isList = () => page().dataset.fbFinder === "list";
  const remembered = () => {
    try { return JSON.parse(sessionStorage.getItem(KEY)) ?? []; } catch { return []; }
  };
  const remember = (entries) => {
    try {
      if (entries.length) sessionStorage.setItem(KEY, JSON.stringify(entries));
      else sessionStorage.removeItem(KEY);
    } catch { /* a browser that remembers nothing */ }
  };
  const place = () => (Number.isInteger(history.state?.fb) ? history.state.fb : -1);

  // --- the list, asked for without leaving the page -----------------------------------

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
  const address = () => location.pathname;

  const show = async (answers) => {
    asked?.abort();
    const mine = (asked = new AbortController());
    page().classList.add("fb-busy-finder");
    const body = new URLSearchParams(answers);
    body.set("csrfmiddlewaretoken", token());
    try {
      const answer = await fetch(address(), { method: "POST", body, signal: mine.signal, cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = fresh.querySelector("[data-fb-finder]");
      if (mine.signal.aborted) return false;
      if (!part) throw new Error("not the finder");
      page().replaceWith(part);
      document.title = fresh.title;
      prepare();
      const title = document.getElementById("fb-finder-title");
      title?.focus({ preventScroll: true });
      scrollTo({ top: 0 });
      const said = document.querySelector("[data-fb-finder-said]");
      if (said && title) said.textContent = title.textContent;
      return true;
    } catch (problem) {
      page().classList.remove("fb-busy-finder");
      if (problem.name !== "AbortError") throw problem;
      return false;
    }
  };

  const answersOf = (form, submitter) => {
    const data = new FormData(form);
    if (submitter?.name) data.append(submitter.name, submitter.value);
    data.delete("csrfmiddlewaretoken");
    return new URLSearchParams([...data].filter(([, value]) => value !== "")).toString();
  };

  const submit = async (form, submitter) => {
    const answers = answersOf(form, submitter);
    try {
      if (!(await show(answers))) return;
    } catch {
      form.dataset.fbPlain = "1";
      form.requestSubmit(submitter ?? undefined);
      return;
    }
    const entries = [...remembered().slice(0, place() + 1), answers];
    remember(entries);
    history.pushState({ fb: entries.length - 1 }, "", address());
  };

  // Going back, forward or reloading shows again what was answered at that place.
  const follow = () => {
    const entries = remembered();
    const answers = entries[place()];
    if (answers !== undefined) show(answers).catch(() => {});
    else if (entries.length) { if (isList()) show(`${entries[0]}&ask=1`).catch(() => {}); }
    else if (isList()) location.reload();
  };

  // --- one question at a time -----------------------------------------------------------

  const bar = (share) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 100 4");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const rect = document.createElementNS(space, "rect");
    rect.setAttribute("height", "4");
    rect.setAttribute("width", String(share));
    svg.append(rect);
    return svg;
  };

  const button = (text, isQuiet) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = isQuiet ? "fb-button fb-button-quiet" : "fb-button";
    made.textContent = text;
    return made;
  };

  const stepThrough = (form) => {
    const steps = [...form.querySelectorAll("[data-fb-step]")];
    const foot = form.querySelector(".fb-finder-foot");
    const finish = form.querySelector("[data-fb-finder-show]");
    if (!steps.length || !foot || form.classList.contains("fb-steps")) return;
    form.classList.add("fb-steps");
    const progress = document.createElement("div");
    progress.className = "fb-progress";
    const text = document.createElement("p");
    text.setAttribute("aria-live", "polite");
    const track = document.createElement("div");
    track.className = "fb-progress-track";
    progress.append(text, track);
    form.prepend(progress);
    const back = button(form.dataset.fbBack, true);
    const next = button(form.dataset.fbNext, false);
    const spring = document.createElement("span");
    spring.className = "fb-spring";
    foot.prepend(back, next, spring);
    let at = 0;
    const go = (to, isAsked) => {
      at = Math.max(0, Math.min(steps.length - 1, to));
      steps.forEach((step, index) => { step.hidden = index !== at; });
      text.textContent = form.dataset.fbStepText.replace("%(number)s", at + 1).replace("%(count)s", steps.length);
      track.replaceChildren(bar(((at + 1) * 100) / steps.length));
      back.hidden = at === 0;
      next.hidden = at === steps.length - 1;
      finish.classList.toggle("fb-button-quiet", !next.hidden);
      if (isAsked) {
        steps[at].querySelector("input:checked, input, select")?.focus({ preventScroll: true });
        progress.scrollIntoView({ block: "nearest" });
      }
    };
    back.addEventListener("click", () => go(at - 1, true));
    next.addEventListener("click", () => go(at + 1, true));
    // The key that sends a form goes to the next question first.
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input, select") || at === steps.length - 1) return;
      event.preventDefault();
      go(at + 1, true);
    });
    const nothing = form.querySelector("[data-fb-nothing]");
    form.addEventListener("change", (event) => {
      const needs = [...form.querySelectorAll("[name=needs]")];
      if (event.target === nothing && nothing.checked) needs.forEach((need) => { need.checked = false; });
      else if (needs.includes(event.target) && event.target.checked) nothing.checked = false;
    });
    go(0, false);
  };

  const prepare = () => {
    const form = document.querySelector("form.fb-finder");
    if (form) stepThrough(form);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-fb-finder-form]") || form.dataset.fbPlain) return;
    event.preventDefault();
    submit(form, event.submitter);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-fb-finder-forget]")) remember([]);
  });
  window.addEventListener("popstate", follow);
  // A page that the browser kept whole must not bring back what was to be forgotten.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && isList() && !remembered().length) location.reload();
  });

  prepare();
  if (place() >= 0) follow();
})();
