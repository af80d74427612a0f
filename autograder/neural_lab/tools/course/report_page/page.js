"use strict";
const table = document.getElementById("submissions"), body = table.tBodies[0], rows = Array.from(body.rows);
const find = document.getElementById("find"), show = document.getElementById("show"), count = document.getElementById("count");
function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !(words.every((word) => text.includes(word)) && (!show.value || row.dataset.status === show.value));
    shown += !row.hidden;
  }
  count.textContent = `${shown} of ${rows.length}`;
}
find.addEventListener("input", filter);
show.addEventListener("change", filter);
const heads = Array.from(table.tHead.rows[0].cells);
heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
  const numbers = rows.some((row) => row.cells[column].classList.contains("number"));
  const now = head.getAttribute("aria-sort"), first = numbers ? "descending" : "ascending";
  const direction = now === null ? first : now === "ascending" ? "descending" : "ascending";
  heads.forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", direction);
  const sign = direction === "ascending" ? 1 : -1;
  const keyed = rows.map((row) => [row.cells[column].textContent.trim(), row]);
  const empty = (text) => text === "" || text === "–";
  keyed.sort(([a], [b]) => empty(a) || empty(b) ? empty(a) - empty(b)
    : sign * (numbers ? Number(a) - Number(b) : a.localeCompare(b, undefined, { numeric: true })));
  body.append(...keyed.map(([, row]) => row));
}));
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "ARTICLE") target.focus();
});
