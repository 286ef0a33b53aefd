// The answer: did it pass, what failed and why, on what, measured how. And the evidence behind it.

function answerView() {
  const { manifest, sut } = report, [icon] = VERDICTS[report.tone] || ["○"];
  const hosted = sut.self_hosted && h("p", { class: "notice warn" }, h("b", {}, "⚠ Loopback. "),
    "The tester played the system under test itself: a loopback proves nothing about a device.");
  return h("div", { class: "page answer" },
    h("section", { class: `hero ${report.tone}` },
      h("div", { class: "mark", "aria-hidden": "true" }, icon),
      h("div", {}, h("h1", {}, report.sentence),
        h("p", {}, [[sut.maker, sut.name].filter(Boolean).join(" ") || "Unnamed system under test", sut.firmware && `firmware ${sut.firmware}`,
          sut.role && `as ${sut.role.toUpperCase()}`, report.profile.title || report.profile.id, (manifest.started || "").slice(0, 16).replace("T", " ")]
          .filter(Boolean).join("  ·  ")))),
    report.interrupted && h("p", { class: "notice stop" }, h("b", {}, "■ Interrupted. "),
      "The run did not end in order. What had been recorded is here; test cases without a verdict are marked “not run”."),
    hosted, problemBox(report.problems),
    countBar(), counts(),
    h("div", { class: "columns" }, h("section", {}, h("h2", {}, "What failed, and why"), causes(), slowest()), h("section", {}, h("h2", {}, "What was tested"), facts())),
    h("h2", {}, "What the verdicts mean"),
    h("dl", { class: "legend" }, Object.entries(VERDICTS).filter(([v]) => v !== "NOT_RUN" || report.counts[v])
      .map(([v, [, , meaning]]) => h("div", {}, h("dt", {}, badge(v)), h("dd", {}, meaning))),
      (report.expected || report.stale) ? h("div", {}, h("dt", {}, badge("FAIL", "fail, expected")),
        h("dd", {}, "Declared in the SUT description with a reason. If such a test case passes, the declaration is stale and the run fails.")) : null));
}

function problemBox(problems) {
  if (!problems.length) return null;
  return h("details", { class: "notice stop" }, h("summary", {}, h("b", {}, `⚠ ${plural(problems.length, "part")} of the bundle missing or damaged. `), clip(show(problems[0]), 140)),
    h("ul", {}, problems.slice(0, 200).map(p => h("li", {}, clip(p, 400))), problems.length > 200 && h("li", {}, `… and ${problems.length - 200} more`)));
}

function countBar() {
  const total = cases.length || 1;
  return h("div", { class: "stack", "aria-hidden": "true" }, Object.keys(VERDICTS).map(v => report.counts[v] ? h("span", { class: v, style: `flex:${report.counts[v] / total}` }) : null));
}

function counts() {
  return h("nav", { class: "counts", "aria-label": "Verdicts as filters" }, Object.entries(VERDICTS).filter(([v]) => v !== "NOT_RUN" || report.counts[v]).map(([v, [icon, word]]) =>
    h("a", { class: `count ${v}${report.counts[v] ? "" : " none"}`, href: findTests(v.toLowerCase()) }, h("b", {}, report.counts[v].toLocaleString("en")), h("span", {}, `${icon} ${word}`),
      v === "FAIL" && report.expected ? h("small", {}, `${report.expected} expected`) : v === "PASS" && (report.warnings || report.stale) ?
        h("small", {}, [report.warnings && plural(report.warnings, "warning"), report.stale && `${report.stale} stale`].filter(Boolean).join(", ")) : null)));
}

function causes() {
  if (!report.causes.length) return h("p", { class: "quiet" }, cases.length ? "Nothing failed, nothing stayed open." : "The bundle holds no result.");
  const limit = 10;
  const list = h("ol", { class: "causes" }, report.causes.map((g, i) => {
    const first = cases[g.tests[0]];
    return h("li", { class: i >= limit ? "more" : null, hidden: i >= limit },
      h("div", { class: "head" }, badge(g.verdict, g.expected && "fail, expected"), g.requirement && h("a", { class: "req", href: `#req/${encodeURIComponent(g.requirement)}` }, g.requirement),
        h("a", { class: "quiet", href: findTests(g.requirement ? `${g.verdict.toLowerCase()} req:${asWord(g.requirement)}` : g.verdict.toLowerCase()) }, plural(g.tests.length, "test case"))),
      h("a", { class: "cause", href: link(first, g.events[0]) }, clip(g.text || "no reason given", 300)),
      h("div", { class: "where" }, g.tests.slice(0, 4).map((t, n) => h("a", { href: link(cases[t], g.events[n]) }, clip(cases[t].id, 60))), g.tests.length > 4 && h("span", { class: "quiet" }, `and ${g.tests.length - 4} more`)));
  }));
  const more = report.causes.length - limit;
  return [list, more > 0 && h("button", { class: "small", onclick: e => { list.querySelectorAll(".more").forEach(li => { li.hidden = false; }); e.target.remove(); } }, `${more} more causes`)];
}

function slowest() {
  const near = report.timing.filter(t => t.sut && t.share !== null).slice(0, 3);
  if (!near.length) return null;
  return h("div", { class: "near" }, h("h3", {}, "Nearest to their limits, over all test cases"), near.map(t => h("a", { href: "#timing", class: t.share > 1 ? "late" : "" },
    h("span", {}, t.name), h("span", { class: "share" }, h("i", { style: `width:${Math.min(100, t.share * 66)}%` }), h("u", {})),
    h("span", {}, `${t.share > 1 ? "✘ " : ""}${ms(t.max)} of ${ms(t.limit)}`))));
}

function facts() {
  const { manifest: m, sut, profile } = report, tester = m.tester || {}, clock = m.clock || {}, lag = clock.loop_latency_us || {};
  const seconds = Date.parse(m.finished) - Date.parse(m.started);
  const line = (name, ...value) => value.flat(9).filter(Boolean).length ? [h("dt", {}, name), h("dd", {}, value)] : null;
  const text = value => value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const pics = Object.entries(report.pics), unknown = pics.filter(([, v]) => v === "unknown").map(([k]) => k);
  return h("dl", { class: "facts" },
    line("System", [sut.maker, sut.name].filter(Boolean).join(" ")), line("Firmware", sut.firmware), line("Role", sut.role),
    line("Profile", profile.title || profile.id, profile.version && h("small", {}, `${profile.id} ${profile.version}`)),
    line("PICS", pics.length ? `${pics.filter(([, v]) => v === "yes").length} yes, ${pics.filter(([, v]) => v === "no").length} no` : "",
      unknown.length ? h("small", {}, `unknown: ${unknown.join(", ")}`) : null),
    line("Run", text(m.started).replace("T", " ").slice(0, 19), h("small", {}, [Number.isFinite(seconds) && `took ${ms(seconds)}`, m.exit_code !== undefined && `exit code ${text(m.exit_code)}`].filter(Boolean).join(", "))),
    line("Tester", [text(tester.name), text(tester.version)].join(" ").trim(), h("small", {}, [tester.python && `Python ${text(tester.python)}`, text(tester.platform)].filter(Boolean).join(", "))),
    line("Clock", clock.kind ? `${text(clock.kind)}, resolution ${text(clock.resolution_ns)} ns` : "", clock.kind === "virtual" && h("small", {}, "simulated time: timers are exact, nothing was waited for")),
    line("Calibration", lag.p99 !== undefined && clock.kind !== "virtual" ? `event loop p50 ${ms(lag.p50 / 1000)}, p99 ${ms(lag.p99 / 1000)}, max ${ms(lag.max / 1000)}` : "",
      clock.kind === "virtual" ? null : report.jitter ? h("small", {}, `jitter ±${ms(report.jitter)}: a timing verdict with less margin is inconclusive`) : h("small", {}, "the tester's jitter was not measured")),
    line("Libraries", h("small", {}, Object.entries(m.libraries || {}).map(([k, v]) => `${k} ${text(v)}`).join(", "))),
    line("Requirements", coverage()));
}

function coverage() {
  const states = {};
  report.requirements.forEach(r => { states[r.state] = (states[r.state] || 0) + 1; });
  return Object.keys(states).length ? h("a", { href: "#requirements" }, Object.entries(states).map(([k, v]) => `${v} ${k}`).join(", ")) : null;
}

function evidenceView() {
  const argv = (report.manifest.argv || []).map(String), files = report.files;
  const icon = table({ ok: "✔ listed and present", missing: "✘ missing", "size differs": "✘ size differs", "not in manifest": "– not in manifest" });
  const list = rows(files.length, 28, i => {
    const [name, size, sha, state] = files[i];
    return h("div", { class: `row file ${state === "ok" ? "" : "bad"}` },
      state === "missing" ? h("span", { title: name }, name) : h("a", { href: fileLink(name), title: name }, name),
      h("span", { class: "num" }, bytes(size)), h("code", { title: sha }, sha), h("span", {}, icon[state] || state));
  }, { class: "files" });
  const pics = Object.entries(report.pics), pixit = Object.entries(report.pixit);
  return h("div", { class: "page" }, h("h1", {}, "Evidence"),
    h("p", { class: "quiet" }, `Links lead to the files of ${report.run}, as they were when this report was written (${report.written.slice(0, 16).replace("T", " ")} UTC). The report itself needs none of them.`),
    argv.length ? command("Run it again", argv.map(shell).join(" ")) : null,
    command("Judge the stored traces again, without the device", `v2xconform judge ${shell(report.run)}`),
    problemBox(report.problems),
    h("div", { class: "row head file" }, ["File", "Size", "SHA-256", "State"].map(t => h("span", {}, t))), list,
    h("div", { class: "columns" }, [["PICS: what the system claims to support", pics], ["PIXIT: data needed to test it", pixit]].map(([title, entries]) =>
      h("section", {}, h("h2", {}, title), entries.length ? h("dl", { class: "facts" }, entries.map(([k, v]) => [h("dt", {}, k),
        h("dd", { class: v === "unknown" ? "unknown" : "" }, typeof v === "string" ? v : JSON.stringify(v))])) : h("p", { class: "quiet" }, "none stored")))));
}

const command = (title, line) => h("div", { class: "command" }, h("span", {}, title), h("code", {}, line), copyButton("copy", () => line));
