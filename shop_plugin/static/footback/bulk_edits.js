/* Keeps the progress of a bulk edit current, and shows the next page once it moves on. Without
   this file the page refreshes itself. */
(() => {
  "use strict";
  const place = document.querySelector("[data-fba-progress]");
  if (!place) return;
  const bar = place.querySelector("progress");
  const text = place.querySelector("[data-fba-text]");
  const SOON = 1000;
  const LATER = 8000; // the server is away: ask less often, and go on

  const ask = async () => {
    let wait = SOON;
    try {
      const answer = await fetch("?progress=1", { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (told.state !== place.dataset.fbaProgress) {
        location.reload();
        return;
      }
      bar.value = told.percent;
      if (text.textContent !== told.text) text.textContent = told.text;
    } catch {
      wait = LATER;
    }
    setTimeout(ask, document.hidden ? LATER : wait);
  };
  setTimeout(ask, SOON);
})();
