/* Makes the filters answer at once. Every page works the same without this file. */
(() => {
  "use strict";
  document.documentElement.classList.add("fb-js");

  const filters = () => document.querySelector("[data-fb-filters]");
  if (!filters()) return;
  const results = () => document.querySelector("[data-fb-results]");
  const SLOW_MS = 300; // a list that takes longer shows that it is on its way
  const searched = new Map(); // what was typed into the box above a long list of values
  let asked = null;

  const addressOf = (form) => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value === "") data.delete(name);
    const query = new URLSearchParams(data).toString();
    return form.action.split("?")[0] + (query ? "?" + query : "");
  };

  // --- the sheet of a phone -------------------------------------------------------------

  const isOpen = () => filters().classList.contains("fb-is-open");
  const show = (open) => {
    filters().classList.toggle("fb-is-open", open);
    document.body.classList.toggle("fb-has-sheet", open);
    for (const part of document.querySelectorAll(".fb-skip, .fb-head, .fb-intro, .fb-foot, [data-fb-results]")) part.inert = open;
    document.querySelector(open ? "[data-fb-close]" : "[data-fb-open]")?.focus();
  };

  // --- a box above a long list of values ----------------------------------------------------

  const narrow = (facet, text) => {
    const wanted = text.trim().toLocaleLowerCase();
    for (const item of facet.querySelectorAll("li")) {
      item.hidden = !item.querySelector("input").checked && !item.textContent.toLocaleLowerCase().includes(wanted);
    }
  };
  const addBoxes = () => {
    for (const facet of filters().querySelectorAll("[data-fb-find]")) {
      const box = document.createElement("input");
      box.type = "search";
      box.className = "fb-find";
      box.placeholder = facet.dataset.fbFind;
      box.setAttribute("aria-label", facet.dataset.fbFind);
      box.value = searched.get(facet.dataset.fbFacet) ?? "";
      facet.querySelector("ul").before(box);
      if (box.value) narrow(facet, box.value);
    }
  };

  // --- the next list -------------------------------------------------------------------------

  // Takes the parts of a fresh page over; what was open stays open, what had the focus keeps it.
  const swap = (page) => {
    const old = filters();
    const fresh = page.querySelector("[data-fb-filters]");
    const list = page.querySelector("[data-fb-results]");
    if (!fresh || !list) return false;
    const focused = document.activeElement;
    const wanted = focused?.name && old.contains(focused) ? [focused.name, focused.value] : null;
    const wasInList = results().contains(focused);
    const top = old.scrollTop;
    for (const part of old.querySelectorAll("[data-fb-facet]")) {
      const twin = fresh.querySelector(`[data-fb-facet="${part.dataset.fbFacet}"]`);
      if (twin) twin.open = part.open;
    }
    const lists = [...old.querySelectorAll("ul")].map((each) => each.scrollTop);
    old.replaceChildren(...fresh.childNodes);
    addBoxes();
    old.querySelectorAll("ul").forEach((each, index) => { each.scrollTop = lists[index] ?? 0; });
    old.scrollTop = top;
    list.inert = isOpen();
    results().replaceWith(list);
    document.title = page.title;
    say(document.querySelector("#fb-count")?.textContent ?? "");
    if (wanted) {
      const again = [...old.elements].find((e) => e.name === wanted[0] && (e.type !== "checkbox" || e.value === wanted[1]));
      again?.focus({ preventScroll: true });
      if (again?.type === "search") again.setSelectionRange(again.value.length, again.value.length);
    } else if (wasInList) {
      document.querySelector("#fb-count")?.focus({ preventScroll: true });
    }
    return true;
  };

  const said = () => document.querySelector("[data-fb-said]");
  const say = (text) => { said().textContent = text; };

  const wait = (isBusy) => {
    results().setAttribute("aria-busy", String(isBusy));
    results().classList.remove("fb-is-slow");
    document.querySelector("[data-fb-show]")?.classList.remove("fb-is-slow");
  };
  const slow = () => {
    results().classList.add("fb-is-slow");
    document.querySelector("[data-fb-show]")?.classList.add("fb-is-slow");
    say(said().dataset.fbWaiting);
  };

  // The old list stays; the reader is told, and can ask again.
  const trouble = (address, isNew) => {
    const notice = document.querySelector("[data-fb-trouble]").content.firstElementChild.cloneNode(true);
    notice.querySelector("[data-fb-again]").addEventListener("click", () => load(address, isNew));
    clearTrouble();
    (isOpen() ? document.querySelector(".fb-filters-foot") : results()).prepend(notice);
  };
  const clearTrouble = () => document.querySelectorAll(".fb-trouble").forEach((notice) => notice.remove());

  const load = async (address, isNew) => {
    asked?.abort();
    const mine = (asked = new AbortController());
    wait(true);
    const timer = setTimeout(slow, SLOW_MS);
    try {
      const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine.signal.aborted) return;
      if (!swap(page)) { location.assign(address); return; }
      clearTrouble();
      if (isNew) history.pushState({ fb: true }, "", answer.url);
    } catch (problem) {
      if (mine.signal.aborted) return;
      wait(false);
      trouble(address, isNew);
    } finally {
      clearTimeout(timer);
    }
  };

  // --- what the reader does ---------------------------------------------------------------------

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-fb-filters]");
    if (form && event.target.name) load(addressOf(form), true);
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches(".fb-find")) return;
    const facet = event.target.closest("[data-fb-facet]");
    searched.set(facet.dataset.fbFacet, event.target.value);
    narrow(facet, event.target.value);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-fb-filters]")) return;
    event.preventDefault();
    const address = addressOf(event.target);
    const isHere = address === location.href.split("#")[0];
    if (isOpen()) show(false);
    if (!isHere) load(address, true);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-fb-open]")) { event.preventDefault(); show(true); }
    if (event.target.closest("[data-fb-close]")) { event.preventDefault(); show(false); }
    for (const menu of document.querySelectorAll(".fb-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    // Chips, order, number of shoes, next page: links to another state of the same list.
    const link = event.target.closest("[data-fb-results] a, [data-fb-filters] a");
    const isPlain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented || link.closest(".fb-switch")) return;
    if (link.origin + link.pathname !== filters().action.split("?")[0]) return;
    event.preventDefault();
    load(link.href, true);
    if (link.closest(".fb-pages")) results().scrollIntoView();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches(".fb-find")) event.preventDefault();
    if (event.key !== "Escape") return;
    const menu = document.querySelector(".fb-menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    else if (isOpen()) show(false);
  });
  window.addEventListener("popstate", () => load(location.href, false));
  addBoxes();
})();
