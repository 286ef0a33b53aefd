// Measurements over all test cases: how long each message took against its limit, and how TLS was negotiated.

const AXIS = { from: -1, to: 5 };  // 0.1 ms to 100 s, one logarithmic axis for all messages, so that they compare
const axisX = value => (Math.log10(Math.max(value, 0.1)) - AXIS.from) / (AXIS.to - AXIS.from) * 600;

function timingView() {
  const table = report.timing, virtual = (report.manifest.clock || {}).kind === "virtual";
  return h("div", { class: "page wide-page" }, h("h1", {}, "Timing"),
    h("p", { class: "quiet" }, "From a request on the wire to its answer, over all test cases, on a logarithmic axis. ",
      virtual ? "The clock of this run was virtual: our own emulators answer in no time, and only waits that a test case asked for take some."
        : report.jitter ? `The grey part, up to ${ms(report.jitter)}, is the tester's own measured jitter; answers within that distance of a limit are not decided.` : "The tester's jitter was not measured."),
    h("div", { class: "keys" }, h("span", {}, h("i", { class: "key bar" }), "answers"), h("span", {}, h("i", { class: "key late" }), "later than the limit"),
      h("span", {}, h("i", { class: "key limit" }), "limit"), h("span", {}, h("i", { class: "key jitter" }), "tester's jitter"), h("span", {}, "▾ p50   ▾ p95   ▾ p99")),
    table.length ? [["sut", "System under test", t => t.sut], ["own", "Tester and other parties", t => !t.sut]].map(([key, title, of]) => {
      const part = table.filter(of);
      return part.length ? h("section", {}, h("h2", {}, title), timingHead(), part.map(timingRow)) : null;
    }) : h("p", {}, "No message of this run answers another one."));
}

function timingHead() {
  return h("div", { class: "timing head" }, h("span", {}, "Answer"), h("span", { class: "num" }, "n"), ["p50", "p95", "p99", "max", "limit"].map(t => h("span", { class: "num" }, t)),
    s("svg", { viewBox: "0 0 600 16", class: "axis" }, ["0.1 ms", "1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s"].map((t, i) =>
      s("text", { x: i * 100, y: 12, "text-anchor": i === 0 ? "start" : i === 6 ? "end" : "middle" }, t))));
}

function timingRow(t) {
  const most = Math.max(...t.bins.map(([, n]) => n)), step = 600 / ((AXIS.to - AXIS.from) * report.per_decade);
  const x = bin => Math.max(0, (bin / report.per_decade - AXIS.from) / (AXIS.to - AXIS.from) * 600);
  const mark = (value, label) => s("path", { class: "mark", d: `M${axisX(value) - 4} 2h8l-4 6z` }, s("title", {}, `${label} ${ms(value)}`));
  const limit = t.limit === null ? null : [
    report.jitter && s("rect", { class: "jitter", x: axisX(t.limit - report.jitter) - 1, width: Math.max(2, axisX(t.limit + report.jitter) - axisX(t.limit - report.jitter) + 2), y: 2, height: 38 }),
    s("line", { class: "limit", x1: axisX(t.limit), x2: axisX(t.limit), y1: 0, y2: 42 }, s("title", {}, `limit ${ms(t.limit)}`))];
  return h("details", { class: `timing${t.late ? " late" : ""}` },
    h("summary", { class: "timing" }, h("span", { class: "two" }, h("b", {}, t.name), h("small", {}, t.late ? h("b", { class: "FAIL" }, `✘ ${t.late} of ${t.n} late`) : t.source, t.requirement ? ` · ${t.requirement}` : "")),
      h("span", { class: "num" }, t.n.toLocaleString("en")), ["p50", "p95", "p99", "max"].map(k => h("span", { class: `num${t.limit !== null && t[k] > t.limit ? " FAIL" : ""}` }, ms(t[k]))),
      h("span", { class: "num" }, t.limit === null ? "none" : ms(t.limit)),
      s("svg", { viewBox: "0 0 600 42", preserveAspectRatio: "none", role: "img", "aria-label": `${t.n} answers, p50 ${ms(t.p50)}, max ${ms(t.max)}, limit ${ms(t.limit)}` },
        [0, 1, 2, 3, 4, 5, 6].map(i => s("line", { class: "grid", x1: i * 100, x2: i * 100, y1: 0, y2: 42 })),
        report.jitter && s("rect", { class: "jitter", x: 0, width: axisX(report.jitter), y: 2, height: 38 }),
        t.bins.map(([bin, n]) => {
          const height = Math.max(2, 30 * Math.sqrt(n / most));
          const late = t.limit !== null && 10 ** ((bin + 1) / report.per_decade) > t.limit && t.late;
          return s("rect", { class: late ? "bar late" : "bar", x: x(bin) + 0.5, width: step - 1, y: 40 - height, height }, s("title", {}, `${ms(10 ** (bin / report.per_decade))} to ${ms(10 ** ((bin + 1) / report.per_decade))}: ${n}`));
        }), limit, mark(t.p50, "p50"), mark(t.p95, "p95"), mark(t.p99, "p99"))),
    h("p", { class: "worst" }, "Slowest: ", t.worst.map(([value, index, event]) => h("a", { href: link(cases[index], event), class: t.limit !== null && value > t.limit ? "FAIL" : "" }, `${ms(value)} in ${clip(cases[index].id, 60)}`))));
}

function tlsView() {
  return h("div", { class: "page wide-page" }, h("h1", {}, "TLS and certificate chains"),
    report.tls.length ? [h("p", { class: "quiet" }, `${plural(report.tls_kinds, "different handshake")} in ${plural(report.tls.reduce((n, t) => n + t.tests.length, 0), "connection")}; equal ones are shown once${report.tls_kinds > report.tls.length ? `, the ${report.tls.length} most frequent here` : ""}.`), report.tls.map(tlsCard)]
      : h("p", {}, "No TLS handshake was recorded in this run."));
}

function tlsCard(t) {
  const [index, event] = t.tests[0], failed = t.outcome === "failed";
  const facts = [...new Set([...Object.keys(t.offered), ...Object.keys(t.selected)])];
  return h("section", { class: `card tls ${failed ? "failed" : ""}` },
    h("h2", {}, h("span", { class: `badge ${failed ? "FAIL" : t.outcome ? "PASS" : "NONE"}` }, h("i", {}, failed ? "✘" : t.outcome ? "✔" : "·"), t.outcome || "not finished"),
      h("span", {}, ["version", "cipher suite", "group"].map(k => t.selected[k]).filter(Boolean).join("  ·  ") || "nothing selected"),
      h("a", { class: "quiet", href: link(cases[index], event) }, `${plural(t.tests.length, "connection")}, first in ${clip(cases[index].id, 60)}`)),
    h("div", { class: "tlsgrid" },
      h("div", {}, h("h3", {}, "Handshake"), h("ol", { class: "flow" }, t.flow.map(([id, at, name, src, dst]) => h("li", { class: name === "failed" || (/^alert/i.test(name) && !name.endsWith("close_notify")) ? "FAIL" : "" },
        h("span", { class: "quiet" }, src), h("a", { href: link(cases[index], id) }, name), h("span", { class: "quiet" }, dst ? `→ ${dst}` : ""), h("span", { class: "num quiet" }, `+${ms(at - t.flow[0][1])}`))))),
      h("div", {}, h("h3", {}, "Offered, and selected"), h("dl", { class: "offers" }, facts.map(name => {
        const offered = t.offered[name] || [], selected = t.selected[name];
        return [h("dt", {}, name), h("dd", {}, offered.map(o => h("code", { class: o === selected ? "chosen" : "" }, o === selected ? "✔ " : "", o)),
          selected && !offered.includes(selected) && h("code", { class: "chosen" }, "✔ ", selected), !selected && ["version", "cipher suite", "group"].includes(name) && h("span", { class: "quiet" }, "none selected"))];
      })), Object.keys(t.other).length ? [h("h3", {}, failed ? "Why it failed" : "Further facts"), treeNode(null, t.other)] : null),
      h("div", {}, h("h3", {}, "Chain"), t.chains.length ? t.chains.map(chainList) : h("p", { class: "quiet" }, "no certificate recorded"))));
}

function chainList(chain) {
  const pick = (certificate, ...names) => names.map(n => certificate[n]).find(v => v !== undefined && v !== null) ?? "";
  const times = chain.certificates.map(c => [Date.parse(pick(c, "not_before", "valid_from")), Date.parse(pick(c, "not_after", "valid_until"))]);
  const now = Date.parse(report.manifest.started) || Date.parse(report.written), all = [now, ...times.flat().filter(Number.isFinite)];
  const low = Math.min(...all), span = Math.max(...all) - low || 1, at = time => (time - low) / span * 100;
  return h("ol", { class: "chain" }, h("li", { class: "quiet" }, `sent by ${show(chain.of).replace(/_/g, " ")}, leaf first`), chain.certificates.map((c, i) => {
    const [from, to] = times[i], known = Number.isFinite(from) && Number.isFinite(to), valid = known && from <= now && now <= to;
    const shownKeys = ["subject", "issuer", "not_before", "not_after", "valid_from", "valid_until"];
    const rest = Object.entries(c).filter(([k]) => !shownKeys.includes(k));
    const odd = i + 1 < chain.certificates.length && c.issuer && c.issuer !== chain.certificates[i + 1].subject;
    return h("li", {}, h("b", {}, clip(pick(c, "subject") || "?", 120)), h("small", {}, `issued by ${clip(pick(c, "issuer") || "?", 120)}`),
      odd && h("small", { class: "FAIL" }, "✘ the next certificate in the chain has another subject"),
      known && h("div", { class: `validity${valid ? "" : " invalid"}`, title: `${c.not_before ?? ""} to ${c.not_after ?? ""}` }, h("i", { style: `left:${at(from)}%;width:${Math.max(1, at(to) - at(from))}%` }), h("u", { style: `left:${at(now)}%` })),
      known && h("small", { class: valid ? "quiet" : "FAIL" }, `${valid ? "✔ valid" : from > now ? "✘ not yet valid" : "✘ expired"}: ${new Date(from).toISOString().slice(0, 10)} to ${new Date(to).toISOString().slice(0, 10)}${valid ? `, ${plural(Math.round((to - now) / 864e5), "day")} left` : ""}`),
      h("small", { class: "quiet" }, rest.map(([k, v]) => `${k} ${clip(typeof v === "string" ? v : JSON.stringify(v), 60)}`).join(" · ")));
  }));
}
