// Comfort only: sorting, filtering and opening. Without it the page says the same, worst first.
(() => {
  "use strict";
  const table = document.getElementById("table");
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = target && target.closest("details.feature");
    if (!details) return;
    details.open = true;
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  };
  addEventListener("hashchange", open);
  open();
  if (!table) return;

  const body = table.tBodies[0];
  const rows = [...body.rows];
  const text = new Map(rows.map((row) => [row, row.cells[0].textContent.toLowerCase()]));
  const heads = [...table.tHead.rows[0].cells];
  const read = (row, column, kind) => {
    const cell = row.cells[column];
    return kind === "number" ? Number(cell.dataset.value) : cell.textContent.trim().toLowerCase();
  };
  heads.forEach((head, column) => {
    const kind = head.dataset.sort;
    if (!kind) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const first = kind === "number" && head.textContent.trim() === "Effect" ? "descending" : "ascending";
      const second = first === "ascending" ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? second : first;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const keyed = rows.map((row) => [read(row, column, kind), row]);
      keyed.sort(([a], [b]) => (a < b ? -sign : a > b ? sign : 0));
      body.append(...keyed.map(([, row]) => row));
    });
  });

  const find = document.getElementById("find");
  const status = document.getElementById("by-status");
  const kind = document.getElementById("by-kind");
  const found = document.getElementById("found");
  const filter = () => {
    const wanted = find.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      const shown =
        text.get(row).includes(wanted) &&
        (!status || !status.value || row.dataset.status === status.value) &&
        (!kind || !kind.value || row.dataset.kind === kind.value);
      row.hidden = !shown;
      count += shown;
    }
    found.textContent = count === rows.length ? "" : `${count} of ${rows.length}`;
  };
  const form = find.form;
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
