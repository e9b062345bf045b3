// The study: all its tests in columns, panel after panel (one trait tested with one model), the genes, and the search for them.
class Study {
  constructor(said, columns) {
    Object.assign(this, { said, columns, genes: said.genes, panels: said.panels, exact: said.exact, colours: said.colours });
    this.rows = columns.gene.length;
    this.models = columns.z.length;  // rows of models come first; tests over several models have no z
    this.gene = new Uint32Array(this.rows);
    this.panel = new Uint16Array(this.rows);
    let row = 0;
    this.panels.forEach((panel, number) => {
      panel.first = row;
      for (let gene = 0, end = row + panel.tests; row < end; row++) {
        gene += columns.gene[row];
        this.gene[row] = gene;
        this.panel[row] = number;
      }
    });
    this.height = new Float32Array(this.rows);
    if (said.from_z) for (let i = 0; i < this.models; i++) this.height[i] = heightOfZ(columns.z[i]);
    this.height.set(columns.height, said.from_z ? this.models : 0);
    for (const panel of this.panels) this.correct(panel);
    this.indexGenes();
    for (const key of ["trait", "tissue", "set"]) this[key + "s"] = [...new Set(this.said.order.map((number) => this.panels[number][key]))];
  }

  // Sorted heights of a panel, with Benjamini and Hochberg's rate at each; limit: the least height at 5 %.
  correct(panel) {
    const sorted = this.height.slice(panel.first, panel.first + panel.tests).sort(), rates = new Float32Array(panel.tests);
    const logTests = Math.log10(panel.tests);
    let largest = 0;  // −log10 of the rate grows with the height
    panel.limit = Infinity;
    for (let i = 0; i < panel.tests; i++) {
      largest = Math.max(largest, sorted[i] - logTests + Math.log10(panel.tests - i));
      rates[i] = largest;
      if (panel.limit === Infinity && largest >= -Math.log10(0.05) - 1e-6) panel.limit = sorted[i];
    }
    Object.assign(panel, { sorted, rates });
  }

  // −log10 of the false discovery rate.
  fdrHeight(row) {
    if (this.columns.fdr) return -Math.log10(this.columns.fdr[row]);
    const panel = this.panels[this.panel[row]], height = this.height[row];
    let low = 0, high = panel.tests - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (panel.sorted[middle] < height) low = middle + 1; else high = middle;
    }
    return panel.rates[low];
  }

  passes(row) { return this.columns.fdr ? this.columns.fdr[row] <= 0.05 : this.height[row] >= this.panels[this.panel[row]].limit; }
  z(row) { return row < this.models ? this.columns.z[row] : NaN; }
  r2(row) { return row < this.models ? this.columns.r2[row] : NaN; }
  used(row) { return row < this.models && this.columns.n[row] ? this.columns.n[row] : NaN; }
  flags(row) { return row < this.models ? this.said.flags[this.columns.flags[row]] : ""; }
  pvalue(row) { return this.exact ? this.columns.p[row] : 10 ** -this.height[row]; }
  fdr(row) { return this.columns.fdr ? this.columns.fdr[row] : 10 ** -this.fdrHeight(row); }

  indexGenes() {
    const { id, name } = this.genes, number = id.length;
    this.from = new Uint32Array(number + 1);  // rows of gene g: rowsOf[from[g]] to rowsOf[from[g + 1]]
    for (let i = 0; i < this.rows; i++) this.from[this.gene[i] + 1]++;
    for (let g = 0; g < number; g++) this.from[g + 1] += this.from[g];
    const next = this.from.slice();
    this.rowsOf = new Uint32Array(this.rows);
    for (let i = 0; i < this.rows; i++) this.rowsOf[next[this.gene[i]]++] = i;
    this.lower = id.map((one, g) => name[g].toLowerCase() + "\n" + one.toLowerCase());
    this.byName = new Map();
    const add = (key, g) => { const found = this.byName.get(key); if (found) found.push(g); else this.byName.set(key, [g]); };
    id.forEach((one, g) => {
      const keys = new Set([one.toLowerCase(), withoutVersion(one), name[g].toLowerCase()]);
      keys.forEach((key) => add(key, g));
    });
  }

  testsOf(g) { return this.rowsOf.subarray(this.from[g], this.from[g + 1]); }

  exactGenes(text) {
    const key = text.trim().toLowerCase();
    return this.byName.get(key) || this.byName.get(withoutVersion(key)) || [];
  }

  // Genes for what was typed: Map of gene → order (0 exact, 1 begins with it, 2 contains it), and what was not found.
  // A region (chr2:100,000-200,000), a position (genes within 500 kb), several names, or a part of a name.
  search(text) {
    const found = new Map(), missing = [], typed = text.trim();
    const region = /^(?:chr)?([\dA-Z]{1,2}):([\d,]+)(?:\s*(?:-|–|\.\.)\s*([\d,]+))?$/i.exec(typed);
    if (region) {
      const number = (digits) => +digits.replaceAll(",", ""), { chrom, pos } = this.genes;
      const from = region[3] ? number(region[2]) : number(region[2]) - 500_000, to = region[3] ? number(region[3]) : number(region[2]) + 500_000;
      pos.forEach((one, g) => { if (one !== null && one >= from && one <= to && chrom[g].toUpperCase() === region[1].toUpperCase()) found.set(g, 0); });
      return { found, missing: found.size ? [] : [typed] };
    }
    const exact = this.exactGenes(typed);
    if (exact.length) exact.forEach((g) => found.set(g, 0));
    const words = typed.split(/[\s,;]+/).filter(Boolean);
    if (words.length > 1 && !exact.length) {
      for (const word of words) {
        const genes = this.exactGenes(word);
        if (genes.length) genes.forEach((g) => found.set(g, 0)); else missing.push(word);
      }
      if (found.size) return { found, missing };
      missing.length = 0;
    }
    const wanted = typed.toLowerCase();
    this.lower.forEach((one, g) => {
      const at = one.indexOf(wanted);
      if (at >= 0 && !found.has(g)) found.set(g, at === 0 || one[at - 1] === "\n" ? 1 : 2);
    });
    return { found, missing: found.size ? missing : [typed] };
  }
}

const withoutVersion = (id) => id.toLowerCase().replace(/^(ens[a-z]*[gtr]\d+)\.\d+/, "$1");

// −log10 of the two-sided p of z, to seven digits however large z is: erfc by Numerical Recipes' Chebyshev fit, in logarithms.
function heightOfZ(z) {
  if (Number.isNaN(z)) return NaN;
  const x = Math.abs(z) / Math.SQRT2, t = 1 / (1 + 0.5 * x);
  const fit = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 +
    t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  return Math.max(0, -(Math.log(t) - x * x + fit) / Math.LN10);
}
