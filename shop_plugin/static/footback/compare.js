/* Remembers which shoes are chosen to be compared, in this tab only. Without this file the
   boxes of one page are compared with the same button. */
(() => {
  "use strict";
  const KEY = "footback-compare";
  const MOST = 4;
  const tray = document.querySelector("[data-fb-tray]");
  if (!tray) return;

  const read = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
      return Array.isArray(kept) ? kept.filter((id) => /^\d{1,18}$/.test(id)).slice(0, MOST) : [];
    } catch {
      return [];
    }
  };
  const keep = (ids) => {
    try { sessionStorage.setItem(KEY, JSON.stringify(ids)); } catch { /* a closed storage only forgets */ }
  };
  const boxes = () => [...document.querySelectorAll("[data-fb-pick]")];

  // The boxes of this page and the kept ones on other pages are sent together, each once.
  const show = () => {
    const ids = read();
    for (const box of boxes()) {
      box.checked = ids.includes(box.value);
      box.disabled = !box.checked && ids.length >= MOST;
    }
    for (const old of tray.querySelectorAll("input[type=hidden]")) old.remove();
    const here = new Set(boxes().map((box) => box.value));
    for (const id of ids.filter((one) => !here.has(one))) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "shoe", value: id });
      tray.prepend(field);
    }
    tray.classList.toggle("fb-is-filled", ids.length > 0);
    tray.querySelector("[data-fb-tray-count]").textContent = ids.length ? `${ids.length}/${MOST}` : "";
    for (const link of document.querySelectorAll("[data-fb-compare-link]")) {
      const all = [...new Set([...ids, link.dataset.fbCompareLink])].slice(-MOST);
      link.href = `${tray.action}?${new URLSearchParams(all.map((id) => ["shoe", id]))}`;
    }
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-fb-pick]")) return;
    const others = read().filter((id) => id !== event.target.value);
    keep(event.target.checked ? [...others, event.target.value].slice(0, MOST) : others);
    show();
  });
  tray.addEventListener("reset", (event) => { event.preventDefault(); keep([]); show(); });
  // The list is exchanged when a filter is used; its new boxes know nothing yet.
  new MutationObserver((changes) => {
    if (changes.some((one) => [...one.addedNodes].some((node) => node.querySelector?.("[data-fb-pick]")))) show();
  }).observe(document.querySelector("main"), { childList: true, subtree: true });
  window.addEventListener("pageshow", show);
  show();
})();
