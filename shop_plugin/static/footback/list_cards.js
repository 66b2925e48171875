/* On a phone each row of a list is a card: every value beside the name of its column. */
(() => {
  "use strict";

  document.addEventListener("DOMContentLoaded", () => {
    const table = document.getElementById("result_list");
    if (!table) return;
    const names = [...table.querySelectorAll("thead th")].map((head) => {
      const text = head.querySelector(".text");
      return text ? text.textContent.trim() : "";
    });
    // What is laid out as a block is no table to a screen reader any more, unless it is said.
    table.setAttribute("role", "table");
    table.querySelectorAll("tbody tr").forEach((row) => {
      row.setAttribute("role", "row");
      [...row.children].forEach((cell, place) => {
        cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
        cell.dataset.label = names[place] || "";
        cell.classList.toggle("fba-nothing", /^[-–]?$/.test(cell.textContent.trim()) && !cell.querySelector("img, input"));
      });
    });
    table.classList.add("fba-cards");
  });
})();
