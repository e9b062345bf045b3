// Manhattan and QQ plots of one trait, tissue and SNP set, and the comparison of two of them, z against z.
const POINTS = 4000;

// The highest half of the budget, and of the others one per cell of a grid: the rule of figures/thin.py.
function thinnedRows(study, panel) {
  const rows = Array.from({ length: panel.tests }, (_, i) => panel.first + i).filter((i) => !Number.isNaN(study.height[i]));
  if (rows.length <= POINTS) return rows;
  rows.sort((a, b) => study.height[b] - study.height[a] || a - b);
  const top = rows.slice(0, POINTS / 2), rest = rows.slice(POINTS / 2), x = study.genes.x;
  let low = Infinity, high = -Infinity;
  for (const one of x) { low = Math.min(low, one); high = Math.max(high, one); }
  const width = (high - low) / 500 || 1, height = study.height[rest[0]] / 60 || 1, cells = new Set();
  return top.concat(rest.filter((i) => {
    const cell = Math.floor((x[study.gene[i]] - low) / width) * 100 + Math.round(study.height[i] / height);
    return !cells.has(cell) && cells.add(cell);
  }).slice(0, POINTS / 2));
}

function qqPoints(panel) {
  const ranks = new Set();
  for (let i = 0; i < Math.min(100, panel.tests); i++) ranks.add(i);
  for (let i = 0; i <= 300; i++) ranks.add(Math.min(panel.tests - 1, Math.floor(Math.exp(Math.log(panel.tests) * i / 300)) - 1));
  return [...ranks].sort((a, b) => a - b);
}

function drawManhattanAndQq(study, panel) {
  const { genes, colours, chromosomes } = { ...study, chromosomes: study.said.chromosomes };
  const order = new Map(chromosomes.map((one, index) => [one.name, index])), rows = thinnedRows(study, panel);
  const groups = [[], [], []];  // even and odd chromosomes, hits
  for (const i of rows) groups[study.passes(i) ? 2 : (order.get(genes.chrom[study.gene[i]] || "?") || 0) % 2].push(i);
  const x = (i) => genes.x[study.gene[i]], y = (i) => +study.height[i].toFixed(3), name = (i) => escaped(genes.name[study.gene[i]]);
  const traces = groups.map((points, kind) => ({
    type: "scatter", mode: "markers", showlegend: false, x: points.map(x), y: points.map(y), customdata: points.map((i) => study.gene[i]),
    text: points.map((i) => name(i) + "<br>" + escaped(placeOf(study, study.gene[i]))), hovertemplate: "%{text}<br>−log10 p %{y:.2f}<extra></extra>",
    marker: { color: kind === 2 ? colours.hit : colours.shades[kind], size: kind === 2 ? 7 : 5, symbol: kind === 2 ? "diamond" : "circle" },
  }));
  const named = pointsToName(groups[2].sort((a, b) => study.height[b] - study.height[a]), x, y, genes.x, (i) => genes.name[study.gene[i]]);
  traces.push({ type: "scatter", mode: "text", showlegend: false, hoverinfo: "skip", x: named.map(x), y: named.map(y), text: named.map(name), textposition: "top center", cliponaxis: false });
  const placed = chromosomes.some((one) => one.name !== "?"), line = -Math.log10(0.05 / panel.tests);
  plot("figure-manhattan", traces, {
    xaxis: { title: { text: placed ? "Chromosome" : "Genes by name" }, showgrid: false, zeroline: false,
      tickvals: placed ? chromosomes.map((one) => (one.from + one.to) / 2) : [], ticktext: chromosomes.map((one) => escaped(one.name)) },
    yaxis: { title: { text: "−log10 p" }, rangemode: "tozero" },
    shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: line, y1: line, line: { color: colours.threshold, width: 1.5, dash: "dash" } }],
  });
  const what = [panel.trait, panel.tissue, panel.set].filter(Boolean).join(", ");
  byId("manhattan-caption").textContent = `${what}: ${whole(panel.tests)} genes tested. Dashed line: Bonferroni 5 %; diamonds: FDR ≤ 5 %.` +
    (rows.length < panel.tests ? ` Thinned to ${whole(rows.length)} points; the most significant are all drawn.` : "");
  byId("manhattan-caption").append(element("span", { className: "quiet", textContent: " Choose a point to open its gene." }));
  const ranks = qqPoints(panel), expected = ranks.map((rank) => -Math.log10((rank + 0.5) / panel.tests)), top = Math.max(...expected, 1);
  plot("figure-qq", [
    { type: "scatter", mode: "lines", x: [0, top], y: [0, top], line: { color: colours.diagonal, width: 1.5 }, hoverinfo: "skip", showlegend: false },
    { type: "scatter", mode: "markers", x: expected, y: ranks.map((rank) => panel.sorted[panel.tests - 1 - rank]), marker: { color: colours.points, size: 5 }, showlegend: false,
      hovertemplate: "expected %{x:.2f}, observed %{y:.2f}<extra></extra>" },
  ], { xaxis: { title: { text: "Expected −log10 p" }, rangemode: "tozero" }, yaxis: { title: { text: "Observed −log10 p" }, rangemode: "tozero" } });
  byId("qq-caption").textContent = `${what}: λ = ${panel.lambda}` + (ranks.length < panel.tests ? `; ${whole(ranks.length)} of ${whole(panel.tests)} points drawn.` : ".");
}

// The highest points whose names would not cover each other, each name once: the rule of figures/labels.py.
function pointsToName(rows, x, y, places, nameOf) {
  let low = Infinity, high = -Infinity;
  for (const one of places) { low = Math.min(low, one); high = Math.max(high, one); }
  const width = (high - low) * 0.1, height = rows.length ? y(rows[0]) * 0.06 : 0, chosen = [];
  for (const i of rows) {
    if (chosen.length === 10) break;
    if (chosen.every((other) => (Math.abs(x(i) - x(other)) > width || Math.abs(y(i) - y(other)) > height) && nameOf(i) !== nameOf(other))) chosen.push(i);
  }
  return chosen;
}

function drawComparison(study, across, up) {
  const other = new Map();
  for (let i = across.first; i < across.first + across.tests; i++) other.set(study.gene[i], i);
  let pairs = [];
  for (let i = up.first; i < up.first + up.tests; i++) {
    const match = other.get(study.gene[i]);
    if (match !== undefined && known(study.z(i)) && known(study.z(match))) pairs.push([match, i]);
  }
  const number = pairs.length, shade = (pair) => study.passes(pair[0]) + 2 * study.passes(pair[1]);
  let sums = [0, 0, 0, 0, 0];
  for (const [a, b] of pairs) { const p = study.z(a), q = study.z(b); sums = [sums[0] + p, sums[1] + q, sums[2] + p * p, sums[3] + q * q, sums[4] + p * q]; }
  const r = (sums[4] - sums[0] * sums[1] / number) / Math.sqrt((sums[2] - sums[0] ** 2 / number) * (sums[3] - sums[1] ** 2 / number));
  if (number > POINTS) pairs = pairs.filter((pair, at) => shade(pair) || at % Math.ceil(number / POINTS) === 0);
  const label = (panel) => [panel.trait, panel.tissue, panel.set].filter(Boolean).join(", ");
  const kinds = [["neither", study.colours.diagonal, "circle"], ["across only", study.colours.series[0], "square"], ["up only", study.colours.series[2], "triangle-up"], ["both", study.colours.hit, "diamond"]];
  plot("figure-comparison", kinds.map(([name, color, symbol], kind) => {
    const mine = pairs.filter((pair) => shade(pair) === kind);
    return { type: "scatter", mode: "markers", name: `FDR ≤ 5 %: ${name}`, x: mine.map((pair) => study.z(pair[0])), y: mine.map((pair) => study.z(pair[1])),
      customdata: mine.map((pair) => study.gene[pair[0]]), text: mine.map((pair) => escaped(study.genes.name[study.gene[pair[0]]])), hovertemplate: "%{text}<br>z %{x:.2f}, %{y:.2f}<extra></extra>",
      marker: { color, symbol, size: kind ? 7 : 4 } };
  }), { height: 420, xaxis: { title: { text: "z, " + escaped(label(across)) } }, yaxis: { title: { text: "z, " + escaped(label(up)) } }, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 } });
  byId("comparison-caption").textContent = number ? `Genes with both tests: ${whole(number)}; correlation of their z: ${Number.isFinite(r) ? r.toFixed(3) : "–"}.` +
    (pairs.length < number ? ` ${whole(pairs.length)} points drawn; all that pass are among them.` : "") : "No gene has a z in both: tests over several SNP sets or tissues have none.";
}

// Three selectors that name one panel; a choice that does not exist moves to the first that does.
function panelChooser(study, prefix, usable, changed) {
  const selects = ["trait", "tissue", "set"].map((key) => [key, byId(`${prefix}-${key}`)]);
  const panels = study.said.order.map((number) => study.panels[number]).filter(usable);
  for (const [key, select] of selects) {
    const names = [...new Set(panels.map((panel) => panel[key]))];
    names.forEach((name) => option(select, name || "–", name));
    select.closest("label").hidden = names.length < 2;
    select.addEventListener("change", () => { settle(key); changed(); });
  }
  const fits = (panel, keys) => keys.every((key) => panel[key] === byId(`${prefix}-${key}`).value);
  function choose(panel) { for (const [key, select] of selects) select.value = panel[key]; }
  function settle(fixed) {
    if (panels.some((panel) => fits(panel, ["trait", "tissue", "set"]))) return;
    const other = ["trait", "tissue", "set"].filter((key) => key !== fixed);
    choose(panels.find((panel) => fits(panel, [fixed, other[0]])) || panels.find((panel) => fits(panel, [fixed])) || panels[0]);
  }
  if (panels.length) choose(panels[0]);
  return { panels, choose, panel: () => panels.find((panel) => fits(panel, ["trait", "tissue", "set"])) };
}
