"use strict";
(() => {
  const details = JSON.parse(document.getElementById("details").textContent);
  const help = document.getElementById("help");

  // Help on hover and focus: one box for the page, in the words of data-help.
  let helped = null;
  function showHelp(target) {
    help.textContent = target.dataset.help;
    help.hidden = false;
    helped = target;
    (target.matches("button") ? target : target.querySelector("[tabindex]") || target).setAttribute("aria-describedby", "help");
    placeHelp();
  }
  function placeHelp() {
    if (help.hidden) return;
    const at = helped.getBoundingClientRect(), box = help.getBoundingClientRect();
    const below = at.bottom + box.height + 8 < innerHeight; // else above
    help.style.top = `${Math.max(4, below ? at.bottom + 6 : at.top - box.height - 6)}px`;
    help.style.left = `${Math.max(4, Math.min(at.left, innerWidth - box.width - 8))}px`;
  }
  function hideHelp() {
    help.hidden = true;
    helped = null;
    document.querySelectorAll('[aria-describedby="help"]').forEach((one) => one.removeAttribute("aria-describedby"));
  }
  for (const event of ["mouseover", "focusin"]) {
    document.addEventListener(event, ({ target }) => {
      const found = target.closest("[data-help]");
      if (found) showHelp(found);
      else if (event === "focusin" || !(target.closest("#help") || (helped && helped.contains(document.activeElement)))) hideHelp();
    });
  }
  document.addEventListener("focusout", hideHelp);
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    hideHelp();
    const menu = document.querySelector(".columns[open]");
    if (!menu) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
  document.addEventListener("scroll", placeHelp, { capture: true, passive: true });

  // Elements from texts, never from markup.
  function make(name, attributes = {}, ...children) {
    const one = document.createElementNS(name === "svg" || make.svg.has(name) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    one.append(...children.filter((child) => child !== null && child !== undefined));
    return one;
  }
  make.svg = new Set(["path", "text", "line", "title", "circle"]);

  function section(title, kind, ...children) {
    return make("section", { class: kind }, make("h3", {}, title), ...children);
  }
  function list(texts) {
    return make("ul", {}, ...texts.map((text) => make("li", {}, text)));
  }
  function grid(head, rows) {
    const line = (cell, texts) => make("tr", {}, ...texts.map((text) => make(cell, cell === "th" ? { scope: "col" } : {}, String(text))));
    return make("table", { class: "plain" }, make("thead", {}, line("th", head)), make("tbody", {}, ...rows.map((row) => line("td", row))));
  }

  // Curves: each series over generator updates.
  const W = 460, H = 230, L = 52, R = 10, T = 10, B = 34;
  function tidy(number) {
    if (number !== 0 && Math.abs(number) < 0.001) return number.toExponential(1); // or it would not fit
    return Math.abs(number) >= 1000 ? number.toLocaleString("en", { maximumFractionDigits: 0 }) : String(+number.toPrecision(3));
  }
  function plot(steps, series, name, band) {
    const all = [...Object.values(series).flat(), ...(band ? [...band.low, ...band.high] : [])].filter((y) => y !== null);
    let low = Math.min(...all), high = Math.max(...all);
    if (low === high) [low, high] = [low - 1, high + 1];
    const first = steps[0], last = steps[steps.length - 1];
    const x = (step) => L + ((step - first) / (last - first || 1)) * (W - L - R);
    const y = (value) => H - B - ((value - low) / (high - low)) * (H - T - B);
    const path = (values) => {
      let drawn = "", pen = "M";
      values.forEach((value, i) => {
        if (value === null) pen = "M";
        else [drawn, pen] = [`${drawn}${pen}${x(steps[i]).toFixed(1)} ${y(value).toFixed(1)}`, "L"];
      });
      return drawn;
    };
    const svg = make("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${name} over generator updates, from ${tidy(low)} to ${tidy(high)}` });
    for (const [value, at] of [[high, T], [low, H - B]]) {
      svg.append(make("line", { class: "axis", x1: L, x2: W - R, y1: at, y2: at }), make("text", { x: L - 6, y: at + 4, "text-anchor": "end" }, tidy(value)));
    }
    svg.append(make("text", { x: L, y: H - 16 }, tidy(first)), make("text", { x: W - R, y: H - 16, "text-anchor": "end" }, tidy(last)), make("text", { x: (W + L) / 2, y: H - 5, "text-anchor": "middle" }, "generator updates"));
    if (band) {
      const back = steps.map((_, i) => `L${x(steps[steps.length - 1 - i]).toFixed(1)} ${y(band.low[steps.length - 1 - i]).toFixed(1)}`).join("");
      svg.append(make("path", { d: `${path(band.high)}${back}Z`, style: "fill:var(--bar);opacity:.35" }));
    }
    const legend = make("div", { class: "legend" });
    Object.entries(series).forEach(([label, values], i) => {
      const colour = `var(--c${i % 6})`;
      svg.append(make("path", { d: path(values), style: `stroke:${colour}${i > 5 ? ";stroke-dasharray:4 3" : ""}` }));
      legend.append(make("span", { style: `--c:${colour}` }, label));
    });
    return make("figure", {}, svg, legend);
  }

  // Runs as points with their intervals over what they cost, on a logarithmic axis; one colour a model.
  function scatter(rows, key, words, score) {
    const runs = rows.flatMap((row, i) => row.costs.map((one) => ({ name: row.name, i, x: Math.log10(Math.max(1, one[key])), y: one[2], low: one[3], high: one[4] })));
    const xs = runs.map((run) => run.x), ends = runs.flatMap((run) => [run.low, run.high]);
    let [left, right, low, high] = [Math.min(...xs) - 0.1, Math.max(...xs) + 0.1, Math.min(...ends), Math.max(...ends)];
    if (low === high) [low, high] = [low - 1, high + 1];
    const x = (value) => L + ((value - left) / (right - left)) * (W - L - R);
    const y = (value) => H - B - ((value - low) / (high - low)) * (H - T - B);
    const svg = make("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${score} against ${words}: ${runs.length} runs of ${rows.length} models` });
    for (const value of [low, high]) {
      svg.append(make("line", { class: "axis", x1: L, x2: W - R, y1: y(value), y2: y(value) }), make("text", { x: L - 6, y: y(value) + 4, "text-anchor": "end" }, tidy(value)));
    }
    svg.append(make("text", { x: L, y: H - 16 }, tidy(10 ** left)), make("text", { x: W - R, y: H - 16, "text-anchor": "end" }, tidy(10 ** right)), make("text", { x: (W + L) / 2, y: H - 5, "text-anchor": "middle" }, `${words}, logarithmic`));
    for (const run of runs) {
      const colour = `var(--c${run.i % 6})`;
      svg.append(make("line", { x1: x(run.x), x2: x(run.x), y1: y(run.low), y2: y(run.high), style: `stroke:${colour}` }), make("circle", { cx: x(run.x), cy: y(run.y), r: 4, style: `fill:${colour}` }, make("title", {}, `${run.name}: ${tidy(run.y)}`)));
    }
    const names = rows.slice(0, MOST_NAMES).map((row, i) => make("span", { style: `--c:var(--c${i % 6})` }, row.name));
    return make("section", {}, make("h3", {}, `${score} against ${words}`), make("figure", {}, svg, make("div", { class: "legend" }, ...names)));
  }
  const MOST_NAMES = 30;
  function costs(fold) {
    const board = fold.closest("section, .apart").querySelector("table.board");
    const rows = new DataTable.Api(board).rows({ order: "index" }).nodes().toArray().map((tr) => details[tr.dataset.row]).filter((row) => row.costs);
    fold.append(make("div", { class: "detail" }, scatter(rows, 0, "seconds of training", fold.dataset.score), scatter(rows, 1, "images seen", fold.dataset.score)));
  }

  function samples(row) {
    if (!row.grid_link) return null;
    const link = make("a", { href: row.grid_link }, "the whole grid");
    const image = row.grid ? make("img", { src: row.grid, alt: `Samples of ${row.name}, a grid of images`, loading: "lazy" }) : make("p", {}, "Left out here, so that the page stays small: ");
    return section("Samples", "grid", row.grid_note ? make("p", {}, row.grid_note) : "", image, link);
  }
  function mistakes(row) {
    if (!row.strip) {
      const where = row.strip_link ? make("p", {}, "Left out here, so that the page stays small: ", make("a", { href: row.strip_link }, "the images")) : make("p", { class: "muted" }, "cgan-bench breakdown RECORD --images-of RUN draws them.");
      return section(WRONG, "", where, grid(["image of the sample set", "requested", "detected"], row.wrong.map((one) => one.slice(0, 3))));
    }
    const tiles = row.wrong.map(([file, requested, detected, place]) => {
      const image = make("img", { src: row.strip, style: `margin-left:${-96 * place}px`, alt: place === null ? "" : `Image ${file} of the sample set`, loading: "lazy" });
      const words = make("figcaption", {}, make("span", {}, "requested ", make("b", {}, requested)), make("span", {}, "detected ", make("b", {}, detected)), make("code", {}, file));
      return make("figure", {}, place === null ? null : make("div", { class: "crop" }, image), words);
    });
    return section(WRONG, "wide", make("div", { class: "mistakes" }, ...tiles));
  }
  const WRONG = "Images that the judge got wrong, the surest first";
  function draws(row) {
    const count = Math.max(...row.lists.map(([, , each]) => each.length));
    const lines = Array.from({ length: count }, (_, i) => [i + 1, ...row.lists.map(([, , each]) => each[i] || "–")]);
    return grid(["draw", ...row.lists.map(([name]) => name)], [["all", ...row.lists.map(([, whole]) => whole)], ...lines]);
  }
  function classes(row) {
    const worst = [...row.classes].sort((one, other) => one[2] / one[1] - other[2] / other[1]);
    const rows = worst.map(([name, requested, found]) => [name, requested, `${((100 * found) / requested).toFixed(1)} %`]);
    return make("div", { class: "tall", tabindex: "0", role: "region", "aria-label": `Classes of ${row.name}` }, grid(["class", "requested", "found"], rows));
  }
  function shown(value) {
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  function records(row) {
    return make("ul", {}, ...row.records.map(({ file, href, digest }) => make("li", {}, make("a", { href }, file), digest ? make("div", {}, "content sha256 ", make("code", {}, digest)) : "")));
  }
  function opened(row) {
    const parts = [
      row.about && section("About", "", make("p", {}, row.about)),
      row.notes && section("Notes", "", list(row.notes.map(([kind, text]) => `${kind}: ${text}`))),
      samples(row),
      row.losses && section("Losses", "", plot(row.losses.steps, row.losses.series, "losses")),
      row.curve && section(`${row.curve.score} over updates`, "", plot(row.curve.steps, { [row.curve.score]: row.curve.value }, row.curve.score, row.curve), row.curve.start ? make("p", {}, row.curve.start) : ""),
      row.reported && section("Reported and here", "", grid(["score", "report", "here"], row.reported.map((one) => [one.score, `${one.report}: ${one.reported}`, one.ours]))),
      row.classes && section("By class, the worst first", "", classes(row)),
      row.lists && section("By condition list and draw", "", draws(row)),
      row.confused && section("Most confused", "", grid(["requested", "detected", "images"], row.confused)),
      row.wrong && mistakes(row),
      row.settings && section("Settings", "", make("div", { class: "tall", tabindex: "0", role: "region", "aria-label": `Settings of ${row.name}` }, grid(["setting", "value"], Object.entries(row.settings).map(([key, value]) => [key, shown(value)])))),
      row.facts && section("Run", "", grid(["what", "value"], row.facts)),
      row.command && section("Repeat it", "wide", make("pre", { tabindex: "0" }, make("code", {}, row.command))),
      row.records && section("Record", "wide", records(row)),
    ];
    return make("div", { class: "detail" }, ...parts.filter(Boolean));
  }

  function toggle(table, button) {
    const tr = button.closest("tr"), row = table.row(tr), open = button.getAttribute("aria-expanded") === "true";
    hideHelp(); // it would lie over the row
    button.setAttribute("aria-expanded", String(!open));
    if (open) row.child.hide();
    else {
      row.child(opened(details[tr.dataset.row]), "child").show();
      const child = tr.nextElementSibling;
      child.id = `row-${tr.dataset.row}`;
      child.querySelector("td").classList.add("child");
      button.setAttribute("aria-controls", child.id);
    }
  }

  function choices(table, element, place) {
    table.columns().every(function () {
      const head = this.header();
      if (head.matches(".name, .never")) return;
      const box = make("input", { type: "checkbox" });
      box.checked = this.visible();
      box.addEventListener("change", () => this.visible(box.checked));
      place.append(make("label", {}, box, ` ${head.textContent.trim()}`));
    });
  }

  const PAGE = 100; // rows at a time

  // Rows without a value come last in either direction.
  const valuesFirst = (sign) => (one, other) => (one === "" ? 1 : 0) - (other === "" ? 1 : 0) || sign * (one - other);
  DataTable.type("number or none", { order: { asc: valuesFirst(1), desc: valuesFirst(-1) } });

  function start(element) {
    const tools = element.closest("section, .apart").querySelector(".tools");
    const long = element.tBodies[0].rows.length > PAGE;
    const table = new DataTable(element, {
      paging: long, pageLength: PAGE, lengthMenu: [PAGE, 250, { label: "all", value: -1 }], order: [], autoWidth: false, orderCellsTop: true,
      columnDefs: [{ targets: ".more", visible: false }, { targets: ".quantity", type: "number or none" }, { targets: ".highest-first", orderSequence: ["desc", "asc", ""] }],
      layout: { topStart: long ? "pageLength" : null, topEnd: null, bottomStart: "info", bottomEnd: long ? "paging" : null },
      language: { lengthMenu: "_MENU_ rows at a time", info: "_TOTAL_ rows", infoFiltered: "of _MAX_", infoEmpty: "no row", zeroRecords: "No row fits the filters." },
    });
    element.querySelectorAll("tbody").forEach((body) => body.addEventListener("click", ({ target }) => {
      const button = target.closest("tr[data-row]")?.querySelector(".open");
      const other = target.closest("button, a, summary") !== null && target !== button; // with an action of its own
      if (button && !other && getSelection().isCollapsed) toggle(table, button);
    }));
    tools.querySelectorAll("select").forEach((select) => {
      const column = table.column(`[data-key="${select.dataset.filter}"]`);
      select.addEventListener("change", () => column.search(select.value ? (text) => text === select.value : "").draw());
    });
    const search = make("input", { type: "search" });
    search.addEventListener("input", () => table.search(search.value).draw());
    tools.prepend(make("label", {}, "Search ", search));
    const place = tools.querySelector(".choices");
    if (place) choices(table, element, place);
    tools.hidden = false;
    element.classList.add("ready");
  }

  // The first samples of a row in its card, whole images without their captions; of a grid of unknown layout its right
  // half. A click opens the row.
  function tile(row, [x, y]) {
    const image = make("img", { src: row.grid, alt: "", style: `width:${100 * row.tiles.width}%;margin:${-100 * y}% 0 0 ${-100 * x}%` });
    return make("span", {}, image);
  }
  function peek(button) {
    const number = details.findIndex((row) => row.grid && row.records.some(({ file }) => file === button.dataset.record));
    if (number < 0) return;
    const row = details[number];
    const words = `Samples of ${row.name}: open its row`;
    if (row.tiles) {
      button.classList.add("tiles");
      button.setAttribute("aria-label", words);
      button.append(...row.tiles.places.map((place) => tile(row, place)));
    } else button.append(make("img", { src: row.grid, alt: words, loading: "lazy" }));
    button.hidden = false;
    button.addEventListener("click", () => {
      const fold = document.querySelector(`tr[data-row="${number}"]`)?.closest("details");
      if (!fold || fold.open) return reveal(number);
      fold.addEventListener("toggle", () => reveal(number), { once: true }); // after its table has started
      fold.open = true;
    });
  }

  function reveal(number) {
    const open = document.querySelector(`tr[data-row="${number}"] .open`);
    if (!open) return; // filtered away
    if (open.getAttribute("aria-expanded") === "false") open.click();
    open.focus();
    open.closest("tr").scrollIntoView();
  }
  document.querySelectorAll(".peek").forEach(peek);

  document.querySelectorAll("details.costs").forEach((fold) => fold.addEventListener("toggle", () => costs(fold), { once: true }));
  document.addEventListener("click", ({ target }) => document.querySelectorAll(".columns[open]").forEach((one) => one.contains(target) || one.removeAttribute("open")));
  document.querySelectorAll("table.board").forEach((element) => {
    const fold = element.closest("details.apart");
    if (fold && !fold.open) fold.addEventListener("toggle", () => start(element), { once: true });
    else start(element);
  });
})();
