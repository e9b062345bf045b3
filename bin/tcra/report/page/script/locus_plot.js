// The locus of a gene: the GWAS coloured by LD with the lead SNP, the models' SNPs, genes with their p, posterior probabilities, states.
const LD_STEPS = [[0.8, "r² ≥ 0.8"], [0.6, "0.6 – 0.8"], [0.4, "0.4 – 0.6"], [0.2, "0.2 – 0.4"], [0, "r² < 0.2"]];
const LD_SYMBOLS = ["circle", "square", "triangle-up", "triangle-down", "circle-open"];

function showLocus(study, loci, locus, fill) {
  const { genes, colours } = study, { snps } = locus, mega = (bp) => bp / 1e6, lead = snps.name.indexOf(locus.lead);
  const inModels = new Set(locus.weights.map((row) => row[2]));
  const text = (i) => `${escaped(snps.name[i])} ${escaped(snps.alleles[i])}<br>${locus.chrom}:${whole(snps.pos[i])}<br>p ${pText(snps.h[i])}, r² ${decimals(snps.r2[i], 2)}` + (snps.pip.length && known(snps.pip[i]) ? `, PIP ${snps.pip[i]}` : "");
  const points = (rows, more) => ({ type: "scatter", x: rows.map((i) => mega(snps.pos[i])), text: rows.map(text), hovertemplate: "%{text}<extra></extra>", ...more });
  const all = snps.pos.map((_, i) => i), measured = all.filter((i) => known(snps.h[i]));
  const traces = [];
  LD_STEPS.forEach(([from, name], step) => {
    const to = step ? LD_STEPS[step - 1][0] : Infinity, mine = measured.filter((i) => i !== lead && (snps.r2[i] ?? 0) >= from && (snps.r2[i] ?? 0) < to);
    traces.unshift(points(mine, { mode: "markers", name, y: mine.map((i) => snps.h[i]), legendrank: 10 + step, marker: { color: colours.ld[step], symbol: LD_SYMBOLS[step], size: step === 4 ? 5 : 7 } }));
  });
  if (lead >= 0) traces.push(points([lead], { mode: "markers+text", name: "lead SNP", y: [snps.h[lead]], texttemplate: escaped(locus.lead), textposition: "top center", legendrank: 1, marker: { color: colours.lead, symbol: "diamond", size: 12 } }));
  const weighed = [...inModels].filter((i) => known(snps.h[i]) && known(snps.pos[i]));
  traces.push(points(weighed, { mode: "markers", name: "in the gene's models", y: weighed.map((i) => snps.h[i]), legendrank: 2, marker: { color: "rgba(0,0,0,0)", symbol: "circle", size: 14, line: { width: 2, color: colours.shades[0] } } }));

  // Rows below the GWAS: weights of the models, PIPs of SNPs, genes, states.
  const bands = [["gwas", 3]];
  if (weighed.length) bands.push(["weights", 1.2]);
  if (snps.pip.length) bands.push(["pip", 1]);
  bands.push(["genes", 1.2]);
  if (locus.states.length) bands.push(["states", 0.25 * locus.states.length + 0.15]);
  const total = bands.reduce((sum, band) => sum + band[1], 0), gap = 0.02, axes = {}, layout = { height: 150 + 100 * total };
  let top = 1;
  bands.forEach(([name, share], at) => {
    const height = share / total * (1 - gap * (bands.length - 1)), key = at ? at + 1 : "";
    axes[name] = { axis: "y" + key, layout: "yaxis" + key };
    layout["yaxis" + key] = { domain: [Math.max(0, top - height), top], fixedrange: true };
    top -= height + gap;
  });
  layout.xaxis = { title: { text: `Chromosome ${escaped(locus.chrom)} (Mb)` }, range: [mega(locus.from), mega(locus.to)], anchor: axes[bands.at(-1)[0]].axis, showgrid: false };
  layout.margin = { t: 60, r: 12, b: 46, l: 80 };
  const title = (name, words, more = {}) => Object.assign(layout[axes[name].layout], { title: { text: words } }, more);
  title("gwas", "−log10 p, GWAS", { rangemode: "tozero" });
  layout.shapes = [{ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: -Math.log10(5e-8), y1: -Math.log10(5e-8), line: { color: colours.diagonal, width: 1, dash: "dot" } }];

  if (axes.weights) {
    const kinds = [...new Set(locus.weights.map((row) => row[0] + " · " + row[1]))], x = [], y = [], label = [];
    for (const [tissue, set, snp, weight] of locus.weights) {
      if (!known(snps.pos[snp])) continue;
      x.push(mega(snps.pos[snp]), mega(snps.pos[snp]), null);
      y.push(0, weight, null);
      label.push("", `${escaped(snps.name[snp])}, ${escaped(tissue)} · ${escaped(set)}<br>weight ${weight}`, "");
    }
    traces.push({ type: "scatter", mode: "lines+markers", x, y, text: label, hovertemplate: "%{text}<extra></extra>", yaxis: axes.weights.axis, showlegend: false, line: { color: colours.shades[0], width: 1.5 }, marker: { size: label.map((one) => (one ? 6 : 0.1)) } });
    title("weights", kinds.length > 1 ? "weights" : "weight", { zeroline: true });
  }
  if (axes.pip) {
    const mine = all.filter((i) => known(snps.pip[i]) && known(snps.pos[i]));
    traces.push(points(mine, { mode: "markers", y: mine.map((i) => snps.pip[i]), yaxis: axes.pip.axis, showlegend: false, marker: { color: colours.series[2], size: 6 } }));
    title("pip", "PIP", { range: [0, 1.05] });
  }
  drawGenes(study, locus, traces, axes.genes.axis);
  title("genes", "−log10 p,<br>genes", { rangemode: "tozero" });
  if (axes.states) drawStates(locus, traces, layout, axes.states, colours.ld);
  plot("figure-locus", traces, layout);
  const shown = known(locus.of) && locus.of > measured.length ? `${whole(measured.length)} of ${whole(locus.of)} SNPs drawn (all with p < 0.01 or r² ≥ 0.1); ` : "";
  byId("locus-caption").textContent = `${genes.name[locus.g]}, ${locus.trait}: ${shown}LD with the lead SNP ${locus.lead || "–"} in ${whole(locus.people)} people of the study's panel. Rings: SNPs of the gene's models. ` +
    `Genes stand at their positions by their smallest p; dotted line: p = 5e-8.`;
  tableOfSnps(study, locus, fill);
}

function drawGenes(study, locus, traces, axis) {
  const { genes } = study, inside = [];
  genes.pos.forEach((pos, g) => { if (known(pos) && genes.chrom[g] === locus.chrom && pos >= locus.from && pos <= locus.to) inside.push(g); });
  const best = (g) => study.testsOf(g).reduce((most, i) => (study.panels[study.panel[i]].trait === locus.trait ? Math.max(most, study.height[i]) : most), 0);
  const high = inside.map(best), named = new Set(inside.map((_, at) => at).sort((a, b) => (inside[b] === locus.g) - (inside[a] === locus.g) || high[b] - high[a]).slice(0, 12));
  traces.push({ type: "scatter", mode: "markers+text", x: inside.map((g) => genes.pos[g] / 1e6), y: high.map((one) => +one.toFixed(3)), yaxis: axis, showlegend: false, cliponaxis: false, customdata: inside,
    text: inside.map((g, at) => (named.has(at) ? escaped(genes.name[g]) : "")), textposition: "top center", textfont: { size: 11 }, hovertext: inside.map((g) => escaped(genes.name[g])),
    hovertemplate: "%{hovertext}<br>smallest p: −log10 %{y:.2f}<extra></extra>", marker: { size: inside.map((g) => (g === locus.g ? 11 : 7)), symbol: inside.map((g) => (g === locus.g ? "diamond" : "circle")), color: inside.map((g) => (g === locus.g ? study.colours.hit : study.colours.shades[1])) } });
}

function drawStates(locus, traces, layout, axis, palette) {
  const named = new Set(), names = [...new Set(locus.states.flatMap(([, rows]) => rows.map((row) => row[2])))].sort();
  locus.states.forEach(([annotation, rows], level) => {
    names.forEach((state, at) => {
      const mine = rows.filter((row) => row[2] === state), x = [], y = [];
      for (const [from, to] of mine) { x.push(from / 1e6, Math.max(to, from + (locus.to - locus.from) / 1500) / 1e6, null); y.push(level, level, null); }
      const first = mine.length && state && !named.has(state);
      if (first) named.add(state);
      if (mine.length) traces.push({ type: "scatter", mode: "lines", x, y, yaxis: axis.axis, name: escaped(state || annotation), showlegend: Boolean(first), legendgroup: state, legendrank: 2000 + at, line: { width: 10, color: palette[at % palette.length] }, hovertemplate: escaped(annotation + ": " + (state || "")) + "<extra></extra>" });
    });
  });
  Object.assign(layout[axis.layout], { tickvals: locus.states.map((_, level) => level), ticktext: locus.states.map(([name]) => escaped(name)), range: [-0.6, locus.states.length - 0.4], showgrid: false });
}

// The SNPs of the gene's models: weights, ranks, and what the tracks say of them.
function tableOfSnps(study, locus, fill) {
  const { snps } = locus, bySnp = new Map();
  for (const row of locus.weights) { if (!bySnp.has(row[2])) bySnp.set(row[2], []); bySnp.get(row[2]).push(row); }
  const scores = new Map();
  for (const row of locus.scores) { if (!scores.has(row[0])) scores.set(row[0], []); scores.get(row[0]).push(row); }
  const most = (rows) => Math.max(...rows.map((row) => Math.abs(row[3]))), several = new Set(locus.scores.map((row) => row[1])).size > 1, tissues = new Set(locus.weights.map((row) => row[0])).size > 1;
  const order = [...bySnp.keys()].sort((a, b) => most(bySnp.get(b)) - most(bySnp.get(a)));
  fill("locus-snps", ["SNP", "Position", "Alleles", "GWAS z", "GWAS p", "r²", ...(snps.pip.length ? ["PIP"] : []), "Rank", "Weights", "tCRA by track"], order.map((i) => {
    const rows = bySnp.get(i), ranks = [...new Set(rows.map((row) => row[4]).filter(known))].sort((a, b) => a - b);
    const said = (scores.get(i) || []).map(([, tissue, of, tracks]) => (several ? tissue + ": " : "") + tracks.map(([track, score]) => `${track} ${score}`).join(", ") + (of > tracks.length ? `, … (${whole(of)} tracks)` : "")).join("; ");
    return [snps.name[i], known(snps.pos[i]) ? `${locus.chrom}:${whole(snps.pos[i])}` : "–", snps.alleles[i], decimals(snps.z[i], 2), pText(snps.h[i]), decimals(snps.r2[i], 2), ...(snps.pip.length ? [decimals(snps.pip[i], 3)] : []),
      ranks.map(whole).join(", ") || "–", rows.map((row) => `${tissues ? row[0] + " · " : ""}${row[1]}: ${+row[3].toPrecision(3)}`).join("; "), said || "–"];
  }), [], 3);
}
