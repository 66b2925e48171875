/* Keys for the screen of one listing. Every key presses a button that is there anyway. */
(() => {
  "use strict";

  const bench = () => document.querySelector(".fba-bench");
  const help = () => document.getElementById("fba-keys");
  const questions = () => [...document.querySelectorAll(".fba-tag [data-question]")].filter(
    (item) => item.offsetParent !== null && !item.closest("details"),
  );
  const answers = { x: "", 0: "0", 1: "1", 2: "2", 3: "3", 4: "1,2,3" };
  let marked = 0;

  function mark(place) {
    const all = questions();
    marked = Math.max(0, Math.min(place, all.length - 1));
    all.forEach((item, number) => item.classList.toggle("fba-field--marked", number === marked));
    return all[marked];
  }

  function enter(item) {
    const text = item && item.querySelector("input[type=text]");
    if (text) {
      text.focus();
      text.select();
    } else if (document.activeElement && document.activeElement !== document.body) {
      document.activeElement.blur();
    }
  }

  function answer(key) {
    const item = questions()[marked];
    const value = answers[key];
    const choice = item && [...item.querySelectorAll("input[type=radio]")].find(
      (radio) => radio.value === value,
    );
    if (!choice) return false;
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    enter(mark(marked + 1));
    return true;
  }

  function toggleHelp() {
    if (help().open) help().close();
    else help().showModal();
  }

  function press(key) {
    if (key === "?") {
      toggleHelp();
      return true;
    }
    if (help() && help().open) return false;
    if (key in answers) return answer(key);
    if (key === "j" || key === "k") {
      enter(mark(marked + (key === "j" ? 1 : -1)));
      return true;
    }
    if (key === "h") {
      const all = questions();
      enter(mark(all.findIndex((item) => item.dataset.question === "h")));
      return true;
    }
    const button = document.querySelector(`[data-key="${key === "Enter" ? "s" : CSS.escape(key)}"]`);
    if (!button) return false;
    button.click();
    return true;
  }

  // Whoever was logged out meanwhile finds their entry again after the login, in this tab only.
  const ENTRY = "footback entry";

  function keepEntry(form) {
    const fields = [...new FormData(form)].filter(([name]) => !/^(csrf|seen$|shown_)/.test(name));
    sessionStorage.setItem(ENTRY, JSON.stringify({ path: location.pathname, fields }));
  }

  function restoreEntry(form) {
    const kept = JSON.parse(sessionStorage.getItem(ENTRY));
    sessionStorage.removeItem(ENTRY);
    const isFromLogin = document.referrer && /\/login\/$/.test(new URL(document.referrer).pathname);
    if (!kept || kept.path !== location.pathname || !isFromLogin) return;
    form.querySelectorAll("input[type=checkbox]").forEach((box) => { box.checked = false; });
    kept.fields.forEach(([name, value]) => {
      [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].forEach((field) => {
        if (field.matches("[type=radio], [type=checkbox]")) field.checked ||= field.value === value;
        else if (!field.matches("[type=hidden], button")) field.value = value;
      });
    });
    form.querySelector("[data-restored]").hidden = false;
  }

  function isWriting(element) {
    return element.matches("input[type=text], input[type=search], textarea, select, [contenteditable]");
  }

  document.addEventListener("keydown", (event) => {
    if (!bench() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = event.target;
    if (isWriting(target)) {
      if (event.key === "Escape") target.blur();
      return;
    }
    // Enter on a button or a link is that button's or link's own.
    if (event.key === "Enter" && target.closest("button, a, summary, dialog")) return;
    if (press(event.key)) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (!bench()) return;
    document.body.classList.add("fba-has-keys");
    document.querySelectorAll("[data-opens]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", toggleHelp);
    });
    const wrong = questions().findIndex((item) => item.classList.contains("fba-field--wrong"));
    if (questions().length) mark(Math.max(0, wrong));
    questions().forEach((item, number) => {
      item.addEventListener("focusin", () => mark(number));
    });
    // A second click or key press while the first is on its way would decide twice.
    document.querySelectorAll(".fba-bench form[method=post]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (document.body.dataset.sent) event.preventDefault();
        document.body.dataset.sent = "1";
      });
    });
    window.addEventListener("pageshow", () => delete document.body.dataset.sent);
    const entry = document.getElementById("fba-tag");
    if (entry) {
      restoreEntry(entry);
      entry.addEventListener("submit", () => keepEntry(entry));
    }
  });
})();
