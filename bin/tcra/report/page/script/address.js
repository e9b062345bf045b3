// The address follows the state: report.html#gene=BRCA1&trait=height opens a gene, #search=…&trait=…&tissue=…&set=… the table.
const stateOf = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

const isAnchor = () => location.hash.length > 1 && !location.hash.includes("=");  // a section of the page

function writeState(values, replace = true) {
  const state = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) state.set(name, value);
  const address = "#" + state;
  if (address === location.hash || (address === "#" && !location.hash.includes("="))) return;
  if (replace) history.replaceState(null, "", address === "#" ? location.pathname + location.search : address);
  else location.hash = address;
}
