"use strict";
(() => {
  const rows = [...document.querySelectorAll("tr[data-owner]")];
  const count = document.getElementById("count"), clear = document.getElementById("clear");
  const body = rows.length ? rows[0].parentNode : null;
  const names = ["owner", "tier", "base", "state", "cause", "sort"];
  const wanted = () => new Map(location.hash.slice(1).split("&").map((part) => part.split("=")).filter((pair) => names.includes(pair[0]) && pair[1]));
  const has = (row, name, value) => name === "cause" ? row.dataset.cause.split(" ").includes(value) : row.dataset[name] === value;
  const show = () => {
    const asked = wanted();
    let left = 0;
    for (const row of rows) {
      const fits = [...asked].every(([name, value]) => name === "sort" || has(row, name, value));
      row.hidden = !fits;
      left += fits ? 1 : 0;
    }
    if (body) {
      const order = asked.get("sort") === "stuck" ? (row) => -Number(row.dataset.stuck) : (row) => Number(row.dataset.place);
      body.append(...[...rows].sort((one, other) => order(one) - order(other)));
    }
    if (count) { count.textContent = left + " of " + rows.length + " shown"; }
    if (clear) { clear.hidden = asked.size === 0; }
    for (const link of document.querySelectorAll("a[data-filter]")) {
      const next = new Map(asked);
      next.set(link.dataset.filter, link.dataset.value);
      link.setAttribute("href", "#" + [...next].map(([name, value]) => name + "=" + value).join("&"));
      link.closest("details")?.removeAttribute("open");
    }
  };
  addEventListener("hashchange", show);
  if (rows.length) { show(); }
})();
