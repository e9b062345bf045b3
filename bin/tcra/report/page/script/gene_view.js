// One gene: all its tests as a forest plot and a table, fine-mapping, its models and their SNPs, its locus, links out.
const TEXT_COLUMNS = new Set(["Flags", "Evidence", "Note", "Credible set", "Weights", "tCRA by track"]);

function geneView(study, loci) {
  const section = byId("gene"), { genes, said } = study;
  let shownGene = -1;

  const modelsOf = new Map();
  if (said.models) {
    let gene = 0;
    const columns = study.columns;
    for (let i = 0; i < columns.model_gene.length; i++) {
      gene += columns.model_gene[i];
      if (!modelsOf.has(gene)) modelsOf.set(gene, []);
      modelsOf.get(gene).push(i);
    }
  }

  function rowsOf(g) {
    const order = new Map(said.order.map((number, at) => [number, at]));
    return [...study.testsOf(g)].sort((a, b) => order.get(study.panel[a]) - order.get(study.panel[b]));
  }

  function open(g, trait) {
    shownGene = g;
    const mine = rowsOf(g), traits = [...new Set(mine.map((i) => study.panels[study.panel[i]].trait))];
    const select = byId("gene-view-trait");
    select.replaceChildren();
    if (traits.length > 1) option(select, "all traits", "");
    traits.forEach((name) => option(select, name, name));
    select.value = traits.includes(trait) ? trait : traits.length > 1 ? "" : traits[0];
    select.closest("label").hidden = traits.length < 2;
    byId("gene-title").textContent = genes.name[g] === genes.id[g] ? genes.id[g] : `${genes.name[g]} (${genes.id[g]})`;
    byId("gene-place").textContent = known(genes.pos[g]) ? `chromosome ${placeOf(study, g)}` : "position unknown";
    byId("gene-links").replaceChildren(...linksOut(genes.id[g], genes.name[g]));
    section.hidden = false;
    draw();
    section.scrollIntoView();
    byId("gene-title").focus({ preventScroll: true });
  }

  function draw() {
    if (shownGene < 0) return;
    const g = shownGene, trait = byId("gene-view-trait").value, panelOf = (i) => study.panels[study.panel[i]];
    const all = rowsOf(g), rows = trait ? all.filter((i) => panelOf(i).trait === trait) : all;
    byId("gene-answer").textContent = answer(all);
    drawForest(rows.filter((i) => !panelOf(i).several));
    fill("gene-tests", ["Trait", ...(study.tissues.length > 1 ? ["Tissue"] : []), "SNP set", "z", "p", "FDR", "Tests", "SNPs used", "Flags"], rows.map((i) => [panelOf(i).trait, ...(study.tissues.length > 1 ? [panelOf(i).tissue || "–"] : []), panelOf(i).set,
      decimals(study.z(i), 2), pText(study.height[i]), pText(study.fdrHeight(i)), whole(panelOf(i).tests), whole(study.used(i)), study.flags(i).replaceAll("_", " ").replaceAll(",", ", ") || "–"]), rows.map((i) => study.passes(i)), study.tissues.length > 1 ? 3 : 2);
    drawFineMapping(g, trait);
    drawModels(g);
    drawLocus(g, trait);
    letScroll();
  }

  function answer(rows) {
    const passing = rows.filter((i) => study.passes(i)), several = passing.filter((i) => study.panels[study.panel[i]].several).length;
    const best = rows.reduce((one, i) => (one < 0 || study.height[i] > study.height[one] ? i : one), -1);
    const panel = study.panels[study.panel[best]], where = [panel.trait, panel.tissue, panel.set].filter(Boolean).join(", ");
    return `${passing.length ? `FDR ≤ 5 % in ${passing.length} of its ${rows.length} tests${several ? ` (${several} of them tests over several models)` : ""}` : `Not significant: none of its ${rows.length} tests has FDR ≤ 5 %`}; ` +
      `the smallest p is ${pText(study.height[best])} (FDR ${pText(study.fdrHeight(best))}) in ${where}. FDR is within the trait, tissue and SNP set.`;
  }

  function drawForest(rows) {
    const panelOf = (i) => study.panels[study.panel[i]], several = study.tissues.filter((name) => name).length > 1;
    byId("forest-figure").hidden = !rows.length;
    const narrow = byId("figure-forest").clientWidth < 480, parts = (i) => [study.traits.length > 1 ? panelOf(i).trait : "", several ? panelOf(i).tissue : "", panelOf(i).set];
    const label = (i) => parts(i).filter(Boolean).map(escaped).join(narrow ? "<br>" : " · ");
    const labels = rows.map(label), limit = 1.959964;
    if (!rows.length) return;
    const traces = [false, true].map((hit) => {
      const mine = rows.filter((i) => study.passes(i) === hit);
      return { type: "scatter", mode: "markers", name: hit ? "FDR ≤ 5 %" : "FDR > 5 %", showlegend: true, x: mine.map((i) => +study.z(i).toFixed(3)), y: mine.map(label),
        error_x: { type: "constant", value: limit, thickness: 1.5, width: 3 }, marker: { size: 8, color: hit ? study.colours.hit : study.colours.points, symbol: hit ? "diamond" : "circle" },
        text: mine.map((i) => `p ${pText(study.height[i])}, FDR ${pText(study.fdrHeight(i))}`), hovertemplate: "%{y}<br>z %{x:.2f}, %{text}<extra></extra>" };
    });
    plot("figure-forest", traces, { height: Math.max(200, 100 + (narrow ? 20 * label(rows[0]).split("<br>").length : 24) * rows.length),
      yaxis: { type: "category", categoryorder: "array", categoryarray: [...labels].reverse(), range: [-0.7, rows.length - 0.3], showgrid: false, tickfont: { size: narrow ? 11 : 12 } },
      xaxis: { title: { text: "z" }, zeroline: true, zerolinewidth: 2, rangemode: "tozero" } });
    byId("forest-caption").textContent = `${genes.name[shownGene]}: z of every trait, tissue and SNP set with its 95 % interval (z ± 1.96). A positive z: higher predicted expression goes with a higher trait.`;
  }

  function fill(id, header, rows, marked = [], numericFrom = 1) {
    const table = byId(id), isNumber = (at, name) => at >= numericFrom && !TEXT_COLUMNS.has(name);
    table.closest(".block").hidden = !rows.length;
    table.tHead.rows[0].replaceChildren(...header.map((name, at) => element("th", { scope: "col", textContent: name, className: isNumber(at, name) ? "n" : "" })));
    table.tBodies[0].replaceChildren(...rows.map((cells, row) => element("tr", { className: marked[row] ? "hit" : "" },
      ...cells.map((cell, at) => element("td", { textContent: cell, className: isNumber(at, header[at]) ? "n" : "" })))));
  }

  function drawFineMapping(g, trait) {
    const rows = (said.fine || []).filter((row) => row[1] === g && (!trait || row[0] === trait));
    fill("gene-fine", ["Trait", "Tissue", "SNP set", "PIP", "One effect", "Gene's PIP", "Tissue's share", "Joint z", "ρ of the model", "Evidence", "Credible set", "Flags"],
      rows.map(([name, , tissue, set, evidence, kind, flags, pip, single, gene, share, number, joint, , rho, members, size]) => [name, tissue, set, decimals(pip, 3), decimals(single, 3), decimals(gene, 3), decimals(share, 2),
        known(joint) ? `${joint.toFixed(2)} (${kind})` : "–", decimals(rho, 2), evidence || "–",
        known(number) ? `${number}: ${members.map((one) => `${geneName(one)} ${one[2]}`).join(", ")}${size > members.length ? ` and ${size - members.length} more` : ""}` : "–", flags.replaceAll("_", " ").replaceAll(",", ", ") || "–"]), rows.map((row) => row[7] >= 0.8), 3);
    byId("gene-fine-none").hidden = !said.fine || rows.length > 0;
  }

  function geneName([member, kind]) {
    const found = kind === "gene" ? study.exactGenes(member)[0] : undefined;
    return found === undefined ? member : genes.name[found];
  }

  function drawModels(g) {
    const columns = study.columns, rows = modelsOf.get(g) || [];
    const kinds = said.models ? said.models.kinds : [], several = new Set(kinds.map((kind) => kind[0])).size > 1;
    fill("gene-models", [...(several ? ["Tissue"] : []), "SNP set", "R²", "ρ", "SNPs in the model", "SNPs in the window", "People", "Note"],
      rows.map((i) => [...(several ? [kinds[columns.model_of[i]][0]] : []), kinds[columns.model_of[i]][1], decimals(columns.model_r2[i], 3), decimals(columns.model_rho[i], 3), whole(columns.model_snps[i]),
        columns.model_window[i] ? whole(columns.model_window[i]) : "–", columns.model_people[i] ? whole(columns.model_people[i]) : "–", said.models.reasons[columns.model_why[i]] || "–"]), [], several ? 2 : 1);
  }

  function drawLocus(g, trait) {
    const found = loci.filter((one) => one.g === g && (!trait || one.trait === trait));
    const select = byId("locus-trait");
    select.replaceChildren();
    found.forEach((one, at) => option(select, one.trait, at));
    select.closest("label").hidden = found.length < 2;
    byId("locus").hidden = !found.length;
    byId("no-locus").hidden = found.length > 0;
    if (!found.length) return;
    const show = () => showLocus(study, loci, found[+select.value], fill);
    select.onchange = show;
    show();
  }

  function fromAddress() {
    const state = stateOf();
    if (isAnchor()) return;
    if (!state.has("gene")) { section.hidden = true; shownGene = -1; return; }
    const found = study.exactGenes(state.get("gene"));
    if (found.length) open(found[0], state.get("trait"));
    else { section.hidden = true; shownGene = -1; table.search(state.get("gene")); }
  }

  let table;
  byId("gene-view-trait").addEventListener("change", () => { writeState({ gene: genes.id[shownGene], trait: byId("gene-view-trait").value }); draw(); });
  byId("gene-close").addEventListener("click", () => { section.hidden = true; shownGene = -1; writeState({}); byId("genes").scrollIntoView(); byId("gene-search").focus({ preventScroll: true }); });
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = byId("find-gene").value.trim(), found = typed ? study.exactGenes(typed) : [];
    if (found.length === 1) location.hash = geneAddress(study, found[0]);
    else if (typed) { section.hidden = true; table.search(typed); }
  });
  addEventListener("hashchange", fromAddress);
  return { draw, start(ofTable) { table = ofTable; fromAddress(); } };
}

function linksOut(id, name) {
  const plain = id.replace(/\.\d+$/, ""), symbol = encodeURIComponent(name), links = [];
  if (/^ENSG\d{11}/.test(plain)) {
    links.push(["Ensembl", "https://www.ensembl.org/Homo_sapiens/Gene/Summary?g=" + plain], ["Ensembl GRCh37", "https://grch37.ensembl.org/Homo_sapiens/Gene/Summary?g=" + plain],
      ["GTEx", "https://gtexportal.org/home/gene/" + plain], ["Open Targets", "https://platform.opentargets.org/target/" + plain]);
  }
  if (name !== id) links.push(["GWAS Catalog", "https://www.ebi.ac.uk/gwas/genes/" + symbol]);
  return links.map(([text, href]) => element("a", { textContent: text, href, target: "_blank", rel: "noopener noreferrer" }));
}
