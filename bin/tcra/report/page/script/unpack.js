// Unpacking: data and plotly stand in the page as gzip in base64; nothing is loaded from anywhere.
const byId = (id) => document.getElementById(id);

async function unpacked(id) {
  const inside = await fetch("data:application/gzip;base64," + byId(id).textContent);  // the quickest way to decode base64
  return new Response(inside.body.pipeThrough(new DecompressionStream("gzip")));
}

// Columns of numbers as pack_columns wrote them: of each column all first bytes, then all second bytes, and so on.
function columnsOf(listed, buffer) {
  const columns = {};
  let at = 0;
  for (const { name, kind, length } of listed) {
    const numbers = new globalThis[kind](length), size = numbers.BYTES_PER_ELEMENT, bytes = new Uint8Array(numbers.buffer);
    for (let place = 0; place < size; place++) {
      const part = new Uint8Array(buffer, at + place * length, length);
      for (let i = 0, to = place; i < length; i++, to += size) bytes[to] = part[i];
    }
    columns[name] = numbers;
    at += size * length;
  }
  return columns;
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function option(select, label, value) { select.append(element("option", { textContent: label, value })); }

// A p-value from −log10 p: also below 1e-308, where a number would be 0.
function pText(height) {
  if (height === null || height === undefined || Number.isNaN(height)) return "–";
  if (height < 3) return String(+(10 ** -height).toPrecision(3));
  let exponent = Math.ceil(height);
  let mantissa = 10 ** (exponent - height);
  if (mantissa >= 9.95) { exponent -= 1; mantissa = 1; }
  return mantissa.toFixed(1) + "e-" + exponent;
}
const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);
const decimals = (value, digits) => (known(value) ? value.toFixed(digits) : "–");
const inEnglish = new Intl.NumberFormat("en");
const whole = (value) => (known(value) ? inEnglish.format(value) : "–");

// A number as the tables of the results write it: Python's shortest text that reads back to the same number.
function exactText(value) {
  if (!known(value)) return "NA";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [mantissa, exponent] = value.toExponential().split("e");
    return mantissa + "e" + exponent[0] + exponent.slice(1).padStart(2, "0");
  }
  return Number.isInteger(value) ? value + ".0" : String(value);
}
