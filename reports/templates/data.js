// The data of the report: the index of all test cases, the parts of one, and the filter over them.

let report = null, cases = [], byId = new Map(), requirementById = new Map();
const opened = new Map();

async function unpack(id) {
  const packed = atob(document.getElementById(id).textContent);
  const data = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) data[i] = packed.charCodeAt(i);
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

async function loadIndex() {
  report = await unpack("index");
  cases = report.cases;
  cases.forEach((c, index) => { c.index = index; byId.set(c.id, c); });
  report.requirements.forEach(r => requirementById.set(r.id, r));
  const verdicts = new Map();
  cases.forEach(c => verdicts.set(c.testcase, (verdicts.get(c.testcase) || new Set()).add(c.verdict)));
  cases.forEach(c => { c.flaky = verdicts.get(c.testcase).size > 1; });
}

async function partsOf(c) {
  if (!opened.has(c.index)) {
    if (opened.size > 12) opened.delete(opened.keys().next().value);
    opened.set(c.index, await unpack(`c${c.index}`));
  }
  return opened.get(c.index);
}

const WORDS = table({
  pass: c => c.verdict === "PASS", fail: c => c.verdict === "FAIL", error: c => c.verdict === "ERROR",
  inconclusive: c => c.verdict === "INCONCLUSIVE", inc: c => c.verdict === "INCONCLUSIVE",
  na: c => c.verdict === "NOT_APPLICABLE", not_applicable: c => c.verdict === "NOT_APPLICABLE",
  not_run: c => c.verdict === "NOT_RUN", expected: c => c.overlay === "expected",
  stale: c => c.overlay === "stale", late: c => c.late > 0, warning: c => c.warnings > 0,
  flaky: c => c.flaky, damaged: c => c.damaged > 0,
});
const FIELDS = table({
  req: c => [...(c.requirements || []), ...c.broken], id: c => [c.id, c.testcase], feature: c => [c.feature || ""],
  tag: c => c.tags || [], pics: c => [c.pics || ""], verdict: c => [c.verdict], text: c => [`*${hay(c)}*`],
});

function hay(c) {
  c.hay = c.hay || [c.id, c.title, c.reason, c.words, c.feature, ...(c.requirements || []), ...c.broken].join(" ").toLowerCase();
  return c.hay;
}

const glob = pattern => new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "is");

// fail req:V2G20-4* -feature:*tls* "any text" a|b
function filterOf(query) {
  const tests = [];
  for (const [, minus, field, quoted, plain] of query.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi)) {
    const value = quoted ?? plain, known = field && FIELDS[field.toLowerCase()];
    const alternatives = (quoted === undefined ? value.split("|") : [value]).filter(Boolean).map(one => {
      if (known && field.toLowerCase() !== "text") { const like = glob(one); return c => known(c).some(item => like.test(item)); }
      const word = quoted === undefined && !field && WORDS[one.toLowerCase()];
      const needle = (field && !known ? `${field}:${one}` : one).toLowerCase();
      return word || (c => hay(c).includes(needle));
    });
    if (alternatives.length) tests.push(c => alternatives.some(test => test(c)) !== Boolean(minus));
  }
  return c => tests.every(test => test(c));
}

const RANK = table({ FAIL: 0, ERROR: 1, INCONCLUSIVE: 2, NOT_RUN: 3, PASS: 4, NOT_APPLICABLE: 5 });
const COLUMNS = table({
  verdict: (a, b) => RANK[a.verdict] - RANK[b.verdict] || Boolean(a.expected) - Boolean(b.expected) || a.index - b.index,
  id: (a, b) => a.id.localeCompare(b.id, "en", { numeric: true }),
  title: (a, b) => (a.title || "").localeCompare(b.title || "") || a.index - b.index,
  requirement: (a, b) => ((a.requirements || [])[0] || "").localeCompare((b.requirements || [])[0] || "", "en", { numeric: true }),
  slowest: (a, b) => (b.share ?? -1) - (a.share ?? -1),
  duration: (a, b) => (b.duration_s || 0) - (a.duration_s || 0),
  order: (a, b) => a.index - b.index,
});

const link = (c, event) => `#${encodeURIComponent(c.id)}${event ? `/m${event}` : ""}`;
const findTests = query => `#tests?${encodeURIComponent(query)}`;
const fileLink = path => `./${path.split("/").map(encodeURIComponent).join("/")}`;
const asWord = value => /[\s"|]/.test(value) ? `"${value.replace(/"/g, "")}"` : value;
const shell = word => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${String(word).replace(/'/g, "'\\''")}'`;
