
(function () {
  "use strict";
  var bar = document.getElementById("filter");
  if (!bar) { return; }
  var box = document.getElementById("q");
  var count = document.getElementById("count");
  var fold = document.getElementById("fold");
  var chips = Array.prototype.slice.call(bar.querySelectorAll("button[data-outcome]"));
  var items = Array.prototype.slice.call(document.querySelectorAll("[data-item]"));
  var scope = document.getElementById("findings") || document.getElementById("fleet");
  var groups = Array.prototype.slice.call(scope.querySelectorAll(".dimension, .dimension details"))
    .filter(function (group) { return !group.closest("[data-item]"); });
  var words = new Map();

  function text(item) {
    if (!words.has(item)) { words.set(item, item.textContent.toLowerCase()); }
    return words.get(item);
  }
  function pressed() {
    return chips.filter(function (chip) { return chip.getAttribute("aria-pressed") === "true"; })
      .map(function (chip) { return chip.dataset.outcome; });
  }
  function apply() {
    var wanted = pressed(), query = box.value.trim().toLowerCase(), on = wanted.length > 0 || query !== "", seen = 0;
    items.forEach(function (item) {
      var keep = (wanted.length === 0 || wanted.indexOf(item.dataset.outcome) >= 0) && (query === "" || text(item).indexOf(query) >= 0);
      item.hidden = !keep;
      if (keep) {
        seen += 1;
        if (on) { unfold(item); }
      }
    });
    groups.forEach(function (group) { group.hidden = on && !group.querySelector("[data-item]:not([hidden])"); });
    count.textContent = on ? seen + " of " + items.length + " shown" : "";
  }
  function unfold(node) {
    for (var each = node; each; each = each.parentElement) {
      if (each.tagName === "DETAILS") { each.open = true; }
    }
  }
  function keep() {
    var parts = [], wanted = pressed();
    if (wanted.length) { parts.push("outcome=" + wanted.map(encodeURIComponent).join(",")); }
    if (box.value.trim()) { parts.push("q=" + encodeURIComponent(box.value.trim())); }
    try { history.replaceState(null, "", "#" + parts.join("&")); } catch (refused) { location.hash = parts.join("&"); }
  }
  function clear() {
    chips.forEach(function (chip) { chip.setAttribute("aria-pressed", "false"); });
    box.value = "";
    apply();
  }
  function decoded(part) {
    try { return decodeURIComponent(part); } catch (malformed) { return ""; }
  }
  function read() {
    var hash = location.hash.slice(1), isFilter = /^(outcome|q)=/.test(hash), wanted = [], query = "";
    if (hash && !isFilter) {
      var target = document.getElementById(decoded(hash));
      if (target) { clear(); unfold(target); target.scrollIntoView(); }
      return;
    }
    hash.split("&").forEach(function (part) {
      if (part.indexOf("outcome=") === 0) { wanted = part.slice(8).split(",").map(decoded); }
      if (part.indexOf("q=") === 0) { query = decoded(part.slice(2)); }
    });
    chips.forEach(function (chip) { chip.setAttribute("aria-pressed", String(wanted.indexOf(chip.dataset.outcome) >= 0)); });
    box.value = query;
    apply();
    if (isFilter) { unfold(scope); scope.scrollIntoView(); }
  }

  bar.hidden = false;
  box.addEventListener("input", function () { apply(); keep(); });
  chips.forEach(function (chip) {
    chip.addEventListener("click", function () {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
      keep();
    });
  });
  if (fold) {
    fold.addEventListener("click", function () {
      var all = Array.prototype.slice.call(document.querySelectorAll("main details"));
      var open = all.some(function (each) { return !each.open; });
      all.forEach(function (each) { each.open = open; });
      fold.textContent = open ? "Fold all" : "Unfold all";
    });
  }
  window.addEventListener("hashchange", read);
  read();
}());
