// Figures, in the colours of the page (light or dark); each can be saved as SVG or PNG at the width of a journal's page.
// Dragging zooms, a double click goes back; without plotly's buttons an image holds nothing that takes the focus.
const PLOTLY_SETTINGS = { displayModeBar: false, responsive: true };
const PRINT_WIDTH = 620;  // pixels: what fits within the margins of A4 and Letter
const JOURNAL = { width: 680, height: 400 };  // 180 mm at 96 pixels per inch: two columns of a journal
const drawn = new Map();  // id of a plot → what was drawn in it

const printing = () => "printing" in document.documentElement.dataset;

function withPageStyle(layout, paper = false) {
  const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(name).trim();
  const shade = (name, onPaper) => (paper ? onPaper : colour(name));
  const axis = { gridcolor: shade("--grid", "#e6eaef"), linecolor: shade("--quiet", "#444444"), zerolinecolor: shade("--line", "#d9dfe6"),
    tickcolor: shade("--quiet", "#444444"), ticks: "outside", showline: true, automargin: true };
  const styled = { margin: { t: 28, r: 12, b: 46, l: 56 }, hovermode: "closest", legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
    ...layout,
    width: printing() ? PRINT_WIDTH : undefined,
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: shade("--ink", "#000000") },
    paper_bgcolor: paper ? "#ffffff" : "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
  const axes = new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name))]);
  for (const name of axes) styled[name] = { ...axis, ...layout[name] };
  return styled;
}

function plot(id, traces, layout) {
  const place = byId(id);
  if (!place) return;
  drawn.set(id, { traces, layout });
  if (layout.height) place.style.height = layout.height + "px";
  Plotly.react(place, traces, withPageStyle(layout), PLOTLY_SETTINGS);
}

// What is wider than its place can be scrolled by keyboard.
function letScroll() {
  for (const part of document.querySelectorAll(".scroll")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0; else part.removeAttribute("tabindex");
  }
}

// plotly writes text as a small subset of HTML: names from data must not be read as tags.
const escaped = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    if (lines.at(-1).length + word.length > width) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
  }
  return lines;
}

// The figure on white, with its title and its caption, as one file.
async function saveFigure(place, format) {
  const figure = place.closest("figure"), { traces, layout } = drawn.get(place.id);
  const words = figure.querySelector("figcaption").cloneNode(true);
  words.querySelectorAll(".quiet").forEach((part) => part.remove());  // what is said of the page, not of the figure
  const caption = wrapped(words.textContent.trim(), 105);
  const height = Math.max(layout.height || 0, JOURNAL.height), below = 36 + caption.length * 15;
  const named = traces.filter((trace) => trace.name && trace.showlegend !== false), widest = Math.max(0, ...named.map((trace) => 45 + 7.5 * trace.name.length));
  const rows = named.length < 2 && !named.some((trace) => trace.showlegend) ? 0 : Math.ceil(named.length / Math.max(1, Math.floor((JOURNAL.width - 90) / widest)));
  const above = 55 + 24 * rows;  // the title, and the rows of the legend below it
  const margin = { t: above, r: 20, b: 60 + below, l: 70, ...(layout.margin?.l ? { l: layout.margin.l } : {}) };
  const note = { text: caption.map(escaped).join("<br>"), xref: "paper", yref: "paper", x: 0, y: 0, xanchor: "left", yanchor: "top", yshift: -72,
    showarrow: false, align: "left", font: { size: 10 } };
  const paper = { ...withPageStyle({ ...layout, margin, annotations: [...(layout.annotations || []), note] }, true), width: JOURNAL.width, height: height + below + 24 * rows,
    title: { text: escaped(figure.querySelector("h3").textContent), font: { size: 14 }, x: 0.02, yref: "container", y: 1, yanchor: "top", pad: { t: 14 } } };
  await Plotly.downloadImage({ data: traces, layout: paper, config: {} }, { format, width: paper.width, height: paper.height, scale: format === "png" ? 3 : 1, filename: place.id });
}

function offerToSave(figure) {
  const place = figure.querySelector(".plot"), title = figure.querySelector("h3").textContent;
  const choice = element("select", { className: "save" });
  choice.setAttribute("aria-label", `Save the figure: ${title}`);
  for (const [value, text] of [["", "Save"], ["svg", "SVG"], ["png", "PNG, 288 dpi"]]) option(choice, text, value);
  choice.addEventListener("change", async () => {
    const format = choice.value;
    choice.value = "";
    if (format && drawn.has(place.id)) await saveFigure(place, format);
  });
  figure.querySelector("h3").after(choice);
}
