"use strict";
// Part 1: unpacking. Data and plotly stand in the page as gzip in base64; nothing is loaded from anywhere.
const byId = (id) => document.getElementById(id);

async function unpack(id) {
  const bytes = Uint8Array.from(atob(byId(id).textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

function option(select, label, value) {
  const item = document.createElement("option");
  item.textContent = label;
  item.value = value;
  select.append(item);
}

// A p-value from −log10 p: also below 1e-308, where a number would be 0.
function pText(height) {
  if (height === null || height === undefined) return "–";
  if (height < 3) return String(+(10 ** -height).toPrecision(3));
  let exponent = Math.ceil(height);
  let mantissa = 10 ** (exponent - height);
  if (mantissa >= 9.95) { exponent -= 1; mantissa = 1; }
  return mantissa.toFixed(1) + "e-" + exponent;
}
const decimals = (value, digits) => (value === null ? "–" : value.toFixed(digits));

// Part 2: the table of genes. Rows are numbers in columns; an array of row numbers is filtered and sorted; only one page is drawn.
function geneTable(data) {
  const table = data.table, genes = data.twas.genes, rows = table.g.length;
  const columns = [
    { name: "Gene", text: (i) => genes.name[table.g[i]], key: rank(genes.name), of: table.g },
    { name: "Identifier", text: (i) => genes.id[table.g[i]], key: rank(genes.id), of: table.g },
    { name: "Position", text: (i) => position(table.g[i]), key: genes.x, of: table.g },
    { name: "Trait", text: (i) => table.traits[table.t[i]], of: table.t },
    { name: "SNP set", text: (i) => table.models[table.m[i]], of: table.m },
    { name: "z", text: (i) => decimals(table.z[i], 2), raw: (i) => table.z[i], of: table.z, numeric: true, down: true },
    { name: "p", text: (i) => pText(table.p[i]), of: table.p, numeric: true, flip: true },
    { name: "FDR", text: (i) => pText(table.q[i]), of: table.q, numeric: true, flip: true },
    { name: "Model R²", text: (i) => decimals(table.r[i], 3), of: table.r, numeric: true, down: true },
    { name: "SNPs used", text: (i) => decimals(table.n[i], 0), of: table.n, numeric: true, down: true },
  ];
  const searched = genes.name.map((name, g) => (name + "\n" + genes.id[g]).toLowerCase());
  let sorted = 6, ascending = true, page = 0, shown = [];

  function position(g) {
    return genes.pos[g] === null ? "–" : genes.chrom[g] + ":" + genes.pos[g].toLocaleString("en");
  }
  function rank(names) {
    const order = names.map((_, g) => g).sort((a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : 0));
    const places = new Array(names.length);
    order.forEach((g, place) => { places[g] = place; });
    return places;
  }

  const head = byId("gene-table").tHead.rows[0], body = byId("gene-table").tBodies[0];
  columns.forEach((column, index) => {
    const cell = document.createElement("th"), button = document.createElement("button");
    cell.scope = "col";
    if (column.numeric) cell.className = "n";
    button.type = "button";
    button.textContent = column.name;
    button.addEventListener("click", () => {
      ascending = sorted === index ? !ascending : !column.down;
      sorted = index;
      update();
    });
    cell.append(button);
    head.append(cell);
  });

  function filter() {
    const wanted = byId("gene-search").value.trim().toLowerCase();
    const trait = +byId("gene-trait").value, model = +byId("gene-model").value;
    const found = wanted ? searched.map((text) => text.includes(wanted)) : null;
    const limit = byId("gene-fdr").checked ? -Math.log10(0.05) - 0.0005 : -1;
    shown = [];
    for (let i = 0; i < rows; i++) {
      if (found && !found[table.g[i]]) continue;
      if (trait >= 0 && table.t[i] !== trait) continue;
      if (model >= 0 && table.m[i] !== model) continue;
      if (limit > 0 && !(table.q[i] >= limit)) continue;
      shown.push(i);
    }
  }

  function sort() {
    const column = columns[sorted], values = new Float64Array(rows);
    const sign = (ascending ? 1 : -1) * (column.flip ? -1 : 1);
    for (const i of shown) {
      const value = column.key ? column.key[column.of[i]] : column.of[i];
      values[i] = value === null || value === undefined ? Infinity : sign * value;  // missing values last either way
    }
    // Rows are stored by p: ties keep that order.
    shown.sort((a, b) => (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b));
  }

  function draw() {
    const size = +byId("gene-rows").value, pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const fragment = document.createDocumentFragment();
    for (const i of shown.slice(page * size, (page + 1) * size)) {
      const line = document.createElement("tr");
      if (table.q[i] >= -Math.log10(0.05) - 0.0005) line.className = "hit";
      for (const column of columns) {
        const cell = document.createElement("td");
        if (column.numeric) cell.className = "n";
        cell.textContent = column.text(i);
        line.append(cell);
      }
      fragment.append(line);
    }
    body.replaceChildren(fragment);
    [...head.cells].forEach((cell, index) =>
      cell.setAttribute("aria-sort", index !== sorted ? "none" : ascending ? "ascending" : "descending"));
    byId("gene-page").textContent = `page ${(page + 1).toLocaleString("en")} of ${pages.toLocaleString("en")}`;
    byId("gene-status").textContent =
      `${shown.length.toLocaleString("en")} of ${rows.toLocaleString("en")} tests; bold: FDR ≤ 5 % within the trait and SNP set`;
    byId("gene-first").disabled = byId("gene-previous").disabled = page === 0;
    byId("gene-next").disabled = byId("gene-last").disabled = page >= pages - 1;
    byId("gene-download").disabled = shown.length === 0;
  }

  function update() { filter(); sort(); page = 0; draw(); }

  function download() {
    const quote = (text) => {
      const cell = String(text);
      return /[",\n\r]/.test(cell) ? '"' + cell.replaceAll('"', '""') + '"' : cell;
    };
    const lines = [["gene", "gene_name", "chrom", "pos", "trait", "snp_set", "zscore", "pvalue", "fdr", "pred_perf_r2", "n_snps_used"].join(",")];
    const missing = (value) => (value === null ? "NA" : value);
    const p = (height) => (height === null ? "NA" : pText(height));
    for (const i of shown) {
      const g = table.g[i];
      lines.push([genes.id[g], genes.name[g], genes.chrom[g] || "NA", missing(genes.pos[g]), table.traits[table.t[i]], table.models[table.m[i]],
        missing(table.z[i]), p(table.p[i]), p(table.q[i]), missing(table.r[i]), missing(table.n[i])].map(quote).join(","));
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
    link.download = "genes.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // A link can carry the search: report.html#gene=BRCA1
  function fromLink() {
    const asked = new URLSearchParams(location.hash.slice(1));
    if (!asked.has("gene")) return;
    byId("gene-search").value = asked.get("gene");
    update();
    byId("genes").scrollIntoView();
  }

  for (const [select, all, names] of [["gene-trait", "all", table.traits], ["gene-model", "all", table.models]]) {
    option(byId(select), all, -1);
    names.forEach((name, index) => option(byId(select), name, index));
    byId(select).addEventListener("change", update);
  }
  let delay;
  byId("gene-search").addEventListener("input", () => { clearTimeout(delay); delay = setTimeout(update, 120); });
  byId("gene-controls").addEventListener("submit", (event) => { event.preventDefault(); update(); });
  byId("gene-fdr").addEventListener("change", update);
  byId("gene-rows").addEventListener("change", draw);
  byId("gene-download").addEventListener("click", download);
  const turn = { "gene-first": () => 0, "gene-previous": () => page - 1, "gene-next": () => page + 1, "gene-last": () => Infinity };
  for (const id of Object.keys(turn)) byId(id).addEventListener("click", () => { page = turn[id](); draw(); });
  addEventListener("hashchange", fromLink);
  update();
  fromLink();
}

// Part 3: figures, in the colours of the page (light or dark).
const PLOTLY_SETTINGS = { displaylogo: false, responsive: true, displayModeBar: "hover",
  modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]], toImageButtonOptions: { format: "svg" } };

const PRINT_WIDTH = 620;  // pixels: what fits within the margins of A4 and Letter
const printing = () => "printing" in document.documentElement.dataset;

function withPageStyle(layout) {
  const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: colour("--grid"), linecolor: colour("--quiet"), zerolinecolor: colour("--line"), tickcolor: colour("--quiet"),
    ticks: "outside", showline: true, automargin: true };
  return { margin: { t: 28, r: 12, b: 46, l: 56 }, hovermode: "closest", legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--quiet"), activecolor: colour("--accent") },
    ...layout,
    width: printing() ? PRINT_WIDTH : undefined,
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: colour("--ink") },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis } };
}

function plot(id, traces, layout) { if (byId(id)) Plotly.react(id, traces, withPageStyle(layout), PLOTLY_SETTINGS); }

// plotly writes text as a small subset of HTML: names from data must not be read as tags.
const escaped = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function drawManhattanAndQq(data) {
  const twas = data.twas, genes = twas.genes;
  const panel = twas.panels.find((one) => one.trait === byId("twas-trait").value && one.model === byId("twas-model").value);
  if (!panel) return;
  const chromosomeOf = new Map(twas.chromosomes.map((one, index) => [one.name, index]));
  const groups = [[], [], []];  // even and odd chromosomes, hits
  panel.g.forEach((g, i) => {
    const hit = panel.fdrLine !== null && panel.y[i] >= panel.fdrLine - 0.006;
    groups[hit ? 2 : (chromosomeOf.get(genes.chrom[g] || "?") || 0) % 2].push(i);
  });
  const names = ["", "", "FDR ≤ 5 %"], colours = [...twas.colours.shades, twas.colours.hit];
  const traces = groups.map((points, kind) => ({
    type: "scatter", mode: "markers", name: names[kind], showlegend: false,
    x: points.map((i) => genes.x[panel.g[i]]), y: points.map((i) => panel.y[i]),
    text: points.map((i) => escaped(genes.name[panel.g[i]]) + (genes.pos[panel.g[i]] === null ? "" :
      "<br>" + escaped(genes.chrom[panel.g[i]]) + ":" + genes.pos[panel.g[i]].toLocaleString("en"))),
    hovertemplate: "%{text}<br>−log10 p %{y:.2f}<extra></extra>",
    marker: { color: colours[kind], size: kind === 2 ? 7 : 5, symbol: kind === 2 ? "diamond" : "circle" },
  }));
  traces.push({ type: "scatter", mode: "text", showlegend: false, hoverinfo: "skip", x: panel.named.map((i) => genes.x[panel.g[i]]),
    y: panel.named.map((i) => panel.y[i]), text: panel.named.map((i) => escaped(genes.name[panel.g[i]])), textposition: "top center", cliponaxis: false });
  const known = twas.chromosomes.some((one) => one.name !== "?");
  plot("figure-manhattan", traces, {
    xaxis: { title: { text: known ? "Chromosome" : "Genes by name" }, showgrid: false, zeroline: false,
      tickvals: known ? twas.chromosomes.map((one) => (one.from + one.to) / 2) : [], ticktext: twas.chromosomes.map((one) => escaped(one.name)) },
    yaxis: { title: { text: "−log10 p" }, rangemode: "tozero" },
    shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: panel.bonferroni, y1: panel.bonferroni, line: { color: twas.colours.threshold, width: 1.5, dash: "dash" } }],
  });
  byId("manhattan-caption").textContent = `${panel.trait}, ${panel.model}: ${panel.tests.toLocaleString("en")} genes tested. ` +
    "Dashed line: Bonferroni 5 %; diamonds: FDR ≤ 5 %." +
    (panel.thinned ? ` Thinned to ${panel.g.length.toLocaleString("en")} points; the most significant are all drawn.` : "");
  const expected = panel.rank.map((rank) => -Math.log10((rank + 0.5) / panel.tests)), top = Math.max(...expected, 1);
  plot("figure-qq", [
    { type: "scatter", mode: "lines", x: [0, top], y: [0, top], line: { color: twas.colours.diagonal, width: 1.5 }, hoverinfo: "skip", showlegend: false },
    { type: "scatter", mode: "markers", x: expected, y: panel.qq, marker: { color: twas.colours.points, size: 5 }, showlegend: false,
      hovertemplate: "expected %{x:.2f}, observed %{y:.2f}<extra></extra>" },
  ], { xaxis: { title: { text: "Expected −log10 p" }, rangemode: "tozero" }, yaxis: { title: { text: "Observed −log10 p" }, rangemode: "tozero" } });
  byId("qq-caption").textContent = `λ = ${panel.lambda}` +
    (panel.rank.length < panel.tests ? `; ${panel.rank.length} of ${panel.tests.toLocaleString("en")} points drawn.` : ".");
}

function drawFigures(data) {
  for (const figure of data.figures) plot("figure-" + figure.key, figure.traces, figure.layout);
  if (data.twas) drawManhattanAndQq(data);
}

async function start() {
  if (!("DecompressionStream" in window)) throw new Error("this browser is older than 2023");
  const data = JSON.parse(await unpack("packed-data"));
  document.querySelectorAll(".needs-script").forEach((part) => { part.hidden = false; });
  if (data.table) geneTable(data);
  if (data.twas) {
    const choices = (key) => [...new Set(data.twas.panels.map((panel) => panel[key]))];
    for (const [select, key] of [["twas-trait", "trait"], ["twas-model", "model"]]) {
      choices(key).forEach((name) => option(byId(select), name, name));
      byId(select).addEventListener("change", () => drawManhattanAndQq(data));
    }
  }
  const script = document.createElement("script");
  script.nonce = document.currentScript?.nonce || document.querySelector("script[nonce]").nonce;
  script.textContent = await unpack("packed-plotly");
  document.head.append(script);
  drawFigures(data);
  addEventListener("beforeprint", () => { document.documentElement.dataset.printing = ""; drawFigures(data); });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.printing;
    drawFigures(data);
    document.querySelectorAll(".js-plotly-plot").forEach((figure) => Plotly.relayout(figure, { autosize: true }));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawFigures(data));
  document.body.dataset.ready = "yes";
}

start().catch((fault) => {
  byId("fault").hidden = false;
  byId("fault").textContent = `The interactive figures could not be drawn (${fault.message}); the tables on this page are complete, and figures as SVG are in the folder “figures” in the same place.`;
});
