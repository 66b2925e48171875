/* Makes the filters answer at once. Every page works the same without this file. */
(() => {
  "use strict";
  document.documentElement.classList.add("fb-js");

  const filters = () => document.querySelector("[data-fb-filters]");
  if (!filters()) return;
  let asked = null;

  const addressOf = (form) => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value === "") data.delete(name);
    const query = new URLSearchParams(data).toString();
    return form.action.split("?")[0] + (query ? "?" + query : "");
  };

  const show = (isOpen) => {
    filters().classList.toggle("fb-is-open", isOpen);
    document.body.classList.toggle("fb-has-sheet", isOpen);
    (isOpen ? document.querySelector("[data-fb-close]") : document.querySelector("[data-fb-open]"))?.focus();
  };

  // Takes the parts of a fresh page over; what was open stays open, what had the focus keeps it.
  const swap = (page) => {
    const old = filters();
    const fresh = page.querySelector("[data-fb-filters]");
    const results = page.querySelector("[data-fb-results]");
    if (!fresh || !results) return false;
    const focused = document.activeElement;
    const wanted = focused?.name && old.contains(focused) ? [focused.name, focused.value] : null;
    const top = old.scrollTop;
    for (const part of old.querySelectorAll("[data-fb-facet]")) {
      const twin = fresh.querySelector(`[data-fb-facet="${part.dataset.fbFacet}"]`);
      if (twin) twin.open = part.open;
    }
    const lists = [...old.querySelectorAll("ul")].map((list) => list.scrollTop);
    old.replaceChildren(...fresh.childNodes);
    old.querySelectorAll("ul").forEach((list, index) => { list.scrollTop = lists[index] ?? 0; });
    old.scrollTop = top;
    document.querySelector("[data-fb-results]").replaceWith(results);
    document.title = page.title;
    document.querySelector("[data-fb-said]").textContent = results.querySelector("#fb-count")?.textContent ?? "";
    if (wanted) {
      const again = [...old.elements].find((e) => e.name === wanted[0] && (e.type !== "checkbox" || e.value === wanted[1]));
      again?.focus({ preventScroll: true });
      if (again?.type === "search") again.setSelectionRange(again.value.length, again.value.length);
    }
    return true;
  };

  const load = async (address, isNew) => {
    asked?.abort();
    const mine = (asked = new AbortController());
    document.querySelector("[data-fb-results]")?.classList.add("fb-busy");
    try {
      const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine.signal.aborted) return;
      if (!swap(page)) throw new Error("not a result page");
      if (isNew) history.pushState({ fb: true }, "", address);
    } catch (problem) {
      if (problem.name !== "AbortError") location.assign(address);
    }
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-fb-filters]");
    if (form) load(addressOf(form), true);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-fb-filters]")) return;
    event.preventDefault();
    const address = addressOf(event.target);
    const isHere = address === location.href.split("#")[0];
    if (filters().classList.contains("fb-is-open")) show(false);
    if (!isHere) load(address, true);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-fb-open]")) { event.preventDefault(); show(true); }
    if (event.target.closest("[data-fb-close]")) { event.preventDefault(); show(false); }
    for (const menu of document.querySelectorAll(".fb-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector(".fb-menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    else if (filters().classList.contains("fb-is-open")) show(false);
  });
  window.addEventListener("popstate", () => load(location.href, false));
})();
