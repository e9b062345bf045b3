// The table of genes: row numbers of the study's columns are filtered and sorted; only one page of them is drawn.
function geneTable(study) {
  const genes = study.genes, cells = (row) => study.panels[study.panel[row]], several = study.tissues.length > 1;
  const columns = [
    { name: "Gene", text: (i) => genes.name[study.gene[i]], key: rank(genes.name), link: true },
    { name: "Identifier", text: (i) => genes.id[study.gene[i]], key: rank(genes.id) },
    { name: "Position", text: (i) => placeOf(study, study.gene[i]), key: genes.x },
    { name: "Trait", text: (i) => cells(i).trait, value: (i) => study.traits.indexOf(cells(i).trait) },
    ...(several ? [{ name: "Tissue", text: (i) => cells(i).tissue || "–", value: (i) => study.tissues.indexOf(cells(i).tissue) }] : []),
    { name: "SNP set", text: (i) => cells(i).set, value: (i) => study.sets.indexOf(cells(i).set) },
    { name: "z", text: (i) => decimals(study.z(i), 2), value: (i) => study.z(i), numeric: true, down: true },
    { name: "p", text: (i) => pText(study.height[i]), value: (i) => -study.height[i], numeric: true },
    { name: "FDR", text: (i) => pText(study.fdrHeight(i)), value: (i) => -study.fdrHeight(i), numeric: true },
    { name: "Model R²", text: (i) => decimals(study.r2(i), 3), value: (i) => study.r2(i), numeric: true, down: true },
    { name: "SNPs used", text: (i) => whole(study.used(i)), value: (i) => study.used(i), numeric: true, down: true },
  ];
  const byP = columns.findIndex((column) => column.name === "p");
  let sorted = byP, ascending = true, page = 0, shown = new Uint32Array(0), order = null, missing = [];

  function rank(names) {
    const places = new Uint32Array(names.length);
    names.map((_, g) => g).sort((a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : 0)).forEach((g, place) => { places[g] = place; });
    return places;
  }

  const head = byId("gene-table").tHead.rows[0], body = byId("gene-table").tBodies[0];
  columns.forEach((column, index) => {
    const button = element("button", { type: "button", textContent: column.name });
    button.addEventListener("click", () => {
      ascending = sorted === index ? !ascending : !column.down;
      sorted = index;
      sort();
      page = 0;
      draw();
    });
    head.append(element("th", { scope: "col", className: column.numeric ? "n" : "" }, button));
  });

  function filter() {
    const typed = byId("gene-search").value.trim(), chosen = (id) => byId(id).value, fdr = byId("gene-fdr").checked;
    const kept = study.panels.map((panel) => ["trait", "tissue", "set"].every((key) => !chosen("gene-" + key) || panel[key] === chosen("gene-" + key)));
    const rows = [];
    order = null;
    missing = [];
    if (typed) {
      const answer = study.search(typed);
      order = answer.found;
      missing = answer.missing;
      for (const g of order.keys()) for (const i of study.testsOf(g)) if (kept[study.panel[i]] && (!fdr || study.passes(i))) rows.push(i);
      shown = Uint32Array.from(rows);
      return;
    }
    const all = new Uint32Array(study.rows);
    let number = 0;
    study.panels.forEach((panel, at) => {
      if (kept[at]) for (let i = panel.first; i < panel.first + panel.tests; i++) if (!fdr || study.passes(i)) all[number++] = i;
    });
    shown = all.slice(0, number);
  }

  // Exact finds first; then by the column, missing values last, ties by row.
  function sort() {
    const column = columns[sorted], sign = ascending ? 1 : -1, rows = shown;
    const values = Float64Array.from(rows, (i) => {
      const value = column.key ? column.key[study.gene[i]] : column.value(i);
      return Number.isNaN(value) ? Infinity : sign * value;
    });
    const place = Uint8Array.from(rows, (i) => (order ? order.get(study.gene[i]) : 0));
    const sequence = Uint32Array.from(rows.keys()).sort((a, b) => place[a] - place[b] || (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : rows[a] - rows[b]));
    shown = sequence.map((at) => rows[at]);
  }

  // Without a search all rows of a large study are sorted, by p.
  function quickSort() {
    if (order || shown.length < 50_000 || sorted !== byP || !ascending) return sort();
    shown = byHeight(shown, study.height);
  }

  function draw() {
    const size = +byId("gene-rows").value, pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const lines = [...shown.subarray(page * size, (page + 1) * size)].map((i) => {
      const line = element("tr", { className: study.passes(i) ? "hit" : "" });
      for (const column of columns) {
        const cell = element("td", { className: column.numeric ? "n" : "" });
        if (column.link) cell.append(element("a", { href: geneAddress(study, study.gene[i], cells(i).trait), textContent: column.text(i) }));
        else cell.textContent = column.text(i);
        line.append(cell);
      }
      return line;
    });
    body.replaceChildren(...lines);
    [...head.cells].forEach((cell, index) =>
      cell.setAttribute("aria-sort", index !== sorted ? "none" : ascending ? "ascending" : "descending"));
    byId("gene-page").textContent = `page ${whole(page + 1)} of ${whole(pages)}`;
    const absent = missing.length ? ` Not among the ${whole(genes.id.length)} tested genes: ${missing.slice(0, 20).join(", ")}${missing.length > 20 ? " …" : ""}.` : "";
    byId("gene-status").textContent = `${whole(shown.length)} of ${whole(study.rows)} tests; bold: FDR ≤ 5 % within the trait, tissue and SNP set.${absent}`;
    byId("gene-first").disabled = byId("gene-previous").disabled = page === 0;
    byId("gene-next").disabled = byId("gene-last").disabled = page >= pages - 1;
    byId("gene-download").disabled = shown.length === 0;
    letScroll();
  }

  function update() { filter(); quickSort(); page = 0; draw(); }

  const fields = { search: "gene-search", trait: "gene-trait", tissue: "gene-tissue", set: "gene-set" };
  function changed() {
    update();
    const state = Object.fromEntries(Object.entries(fields).map(([name, id]) => [name, byId(id).value.trim()]));
    writeState({ ...state, fdr: byId("gene-fdr").checked ? "1" : "" });
  }

  function download() {
    const names = ["gene", "gene_name", "chrom", "pos", "trait", "tissue", "snp_set", "model", "zscore", "pvalue", "minus_log10_pvalue", "fdr", "pred_perf_r2", "n_snps_used", "flags"];
    const lines = [names.join("\t")], exact = study.exact ? exactText : (value) => (known(value) ? String(+value.toPrecision(7)) : "NA");
    for (const i of shown) {
      const g = study.gene[i], panel = cells(i);
      lines.push([genes.id[g], genes.name[g], genes.chrom[g] || "NA", known(genes.pos[g]) ? genes.pos[g] : "NA", panel.trait, panel.tissue || "NA", panel.set, panel.model,
        exact(study.z(i)), exact(study.pvalue(i)), String(+study.height[i].toPrecision(7)), exact(study.fdr(i)), exact(study.r2(i)), known(study.used(i)) ? study.used(i) : "NA", study.flags(i)].join("\t"));
    }
    save(new Blob([lines.join("\n") + "\n"], { type: "text/tab-separated-values" }), "genes.tsv");
  }

  function fromAddress() {
    const state = stateOf();
    if (state.has("gene") || isAnchor()) return;
    for (const [name, id] of Object.entries(fields)) byId(id).value = state.get(name) || "";
    byId("gene-fdr").checked = state.get("fdr") === "1";
    update();
    if (["search", "trait", "tissue", "set", "fdr"].some((name) => state.has(name))) byId("genes").scrollIntoView();
  }

  for (const key of ["trait", "tissue", "set"]) {
    const select = byId("gene-" + key);
    option(select, "all", "");
    study[key + "s"].forEach((name) => option(select, name || "–", name));
    select.closest("label").hidden = study[key + "s"].length < 2;
    select.addEventListener("change", changed);
  }
  let delay;
  byId("gene-search").addEventListener("input", () => { clearTimeout(delay); delay = setTimeout(changed, 80); });
  byId("gene-controls").addEventListener("submit", (event) => { event.preventDefault(); changed(); });
  byId("gene-fdr").addEventListener("change", changed);
  byId("gene-rows").addEventListener("change", draw);
  byId("gene-download").addEventListener("click", download);
  const turn = { "gene-first": () => 0, "gene-previous": () => page - 1, "gene-next": () => page + 1, "gene-last": () => Infinity };
  for (const id of Object.keys(turn)) byId(id).addEventListener("click", () => { page = turn[id](); draw(); });
  addEventListener("hashchange", fromAddress);
  update();
  fromAddress();
  return { search(text) { byId("gene-search").value = text; changed(); byId("genes").scrollIntoView(); byId("gene-search").focus(); } };
}

const placeOf = (study, g) => (known(study.genes.pos[g]) ? study.genes.chrom[g] + ":" + whole(study.genes.pos[g]) : "–");
const geneAddress = (study, g, trait) => "#" + new URLSearchParams({ gene: study.genes.id[g], ...(trait ? { trait } : {}) });

function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

// Rows by falling height (to 1e-4), ties by row: digit after digit, in time that grows with their number and no faster.
function byHeight(rows, height) {
  const number = rows.length, most = 2 ** 32 - 1, bits = 11;
  let from = rows, to = new Uint32Array(number), keys = new Uint32Array(number), moved = new Uint32Array(number);
  for (let at = 0; at < number; at++) keys[at] = most - Math.min(most, Math.round(height[rows[at]] * 1e4));
  for (let shift = 0; shift < 32; shift += bits) {
    const places = new Uint32Array(2 ** bits + 1), last = 2 ** bits - 1;
    for (let at = 0; at < number; at++) places[((keys[at] >>> shift) & last) + 1]++;
    for (let digit = 1; digit <= last; digit++) places[digit] += places[digit - 1];
    for (let at = 0; at < number; at++) {
      const place = places[(keys[at] >>> shift) & last]++;
      to[place] = from[at];
      moved[place] = keys[at];
    }
    [from, to, keys, moved] = [to, from, moved, keys];
  }
  return from;
}
