// Start: unpack, fill the selectors, draw; again for paper and when the colours change.
async function start() {
  if (!("DecompressionStream" in window)) throw new Error("this browser is older than 2023");
  const data = JSON.parse(await (await unpacked("packed-data")).text());
  document.querySelectorAll(".needs-script").forEach((part) => { part.hidden = false; });
  let study = null, view = null, chooser = null, pair = null, table = null;
  if (data.study) {
    const columns = columnsOf(data.study.columns, await (await unpacked("packed-columns")).arrayBuffer());
    const loci = JSON.parse(await (await unpacked("packed-loci")).text());
    study = new Study(data.study, columns);
    view = geneView(study, loci);
    chooser = panelChooser(study, "twas", () => true, () => drawManhattanAndQq(study, chooser.panel()));
    pair = ["across", "up"].map((prefix) => panelChooser(study, prefix, (panel) => !panel.several, () => drawPair()));
    if (pair[1].panels.length > 1) pair[1].choose(pair[1].panels[1]); else byId("comparison").hidden = true;
  }
  const drawPair = () => { if (byId("comparison").open) drawComparison(study, pair[0].panel(), pair[1].panel()); };
  const drawAll = () => {
    for (const figure of data.figures) plot("figure-" + figure.key, figure.traces, figure.layout);
    if (!study) return;
    drawManhattanAndQq(study, chooser.panel());
    drawPair();
    view.draw();
  };
  const script = document.createElement("script");
  script.nonce = document.querySelector("script[nonce]").nonce;
  script.textContent = await (await unpacked("packed-plotly")).text();
  document.head.append(script);
  document.querySelectorAll("figure").forEach(offerToSave);
  if (study) {
    byId("comparison").addEventListener("toggle", drawPair);
    table = geneTable(study);
  }
  drawAll();
  view?.start(table);
  letScroll();
  addEventListener("resize", letScroll);
  document.querySelectorAll("details").forEach((part) => part.addEventListener("toggle", letScroll));
  for (const id of ["figure-manhattan", "figure-comparison", "figure-locus"]) {
    byId(id)?.on?.("plotly_click", (event) => {
      const gene = event.points[0].customdata;
      if (known(gene)) location.hash = geneAddress(study, gene, id === "figure-manhattan" ? chooser.panel().trait : "");
    });
  }
  byId("methods-copy").addEventListener("click", () => {
    getSelection().selectAllChildren(byId("methods-text"));
    document.execCommand("copy");
    byId("methods-copy").textContent = "Copied";
  });
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((part) => { part.open = true; });
    document.documentElement.dataset.printing = "";
    drawAll();
  });
  addEventListener("afterprint", () => {
    closed.forEach((part) => { part.open = false; });
    delete document.documentElement.dataset.printing;
    drawAll();
    document.querySelectorAll(".js-plotly-plot").forEach((figure) => Plotly.relayout(figure, { autosize: true }));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  performance.mark("ready");
  document.body.dataset.ready = "yes";
}

start().catch((fault) => {
  byId("fault").hidden = false;
  byId("fault").textContent = `The interactive figures could not be drawn (${fault.message}); the tables on this page are complete, and figures as SVG are in the folder “figures” in the same place.`;
});
