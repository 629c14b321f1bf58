// The adaptation explorer's screen: draws what the kernel computed, sends back points, the start and nothing else.
// Sliding K needs no kernel: the curves of all K are here.

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#6b6b6b"]; // told apart by colour-blind eyes too
const INK = "#1f2328", FAINT = "#d0d7de", MUTED = "#57606a";
const FONT = "12px system-ui, sans-serif", BOLD = "600 12px system-ui, sans-serif";
const STEPS = 20, WIDE = 61, BEAT = 250; // K = 0 .. 20; places along x; ms a step when playing
const [X0, X1, Y0, Y1] = [-5, 5, -6, 6];

const STYLE = `
.mg-ae { width: 860px; background: #fff; color: ${INK}; font: 13px system-ui, sans-serif; padding: 6px 0; }
.mg-ae canvas { display: block; touch-action: none; border-radius: 4px; }
.mg-ae canvas:focus-visible { outline: 2px solid #0969da; outline-offset: 1px; }
.mg-ae-row { display: flex; gap: 12px; padding: 2px 6px; }
.mg-ae-head { font-weight: 600; height: 26px; line-height: 26px; padding: 2px 6px; white-space: nowrap; overflow: hidden; }
.mg-ae-play { height: 24px; width: 130px; margin-right: 8px; font: 13px system-ui, sans-serif; color: ${INK};
  background: #f6f8fa; border: 1px solid ${FAINT}; border-radius: 4px; cursor: pointer; }
.mg-ae-status { height: 36px; padding: 2px 6px; line-height: 18px; overflow: hidden; }
.mg-ae-status.mg-ae-gone { color: #b42318; font-weight: 600; }
.mg-ae-side { width: 480px; }
.mg-ae table { border-collapse: collapse; width: 480px; margin: 0; table-layout: fixed; }
.mg-ae th:nth-child(2) { width: 58px; } .mg-ae th:nth-child(3) { width: 48px; } .mg-ae th:nth-child(4) { width: 60px; }
.mg-ae th:nth-child(5) { width: 60px; } .mg-ae th:nth-child(6) { width: 36px; }
.mg-ae th, .mg-ae td { text-align: right; padding: 4px 6px; height: 22px; border-bottom: 1px solid ${FAINT};
  font: 13px system-ui, sans-serif; font-variant-numeric: tabular-nums; color: ${INK}; background: #fff; }
.mg-ae th { font-weight: 600; vertical-align: bottom; white-space: normal; font-size: 12px; line-height: 15px; }
.mg-ae th:first-child, .mg-ae td:first-child { text-align: left; width: 146px; white-space: nowrap; }
.mg-ae-key { display: inline-block; width: 22px; margin-right: 6px; vertical-align: middle; border-radius: 2px; }
.mg-ae-note { margin: 8px 0 0; line-height: 18px; height: 144px; overflow: hidden; color: ${INK}; }
.mg-ae-help { color: ${MUTED}; height: 18px; padding: 0 6px; white-space: nowrap; overflow: hidden; font-size: 12px; }
`;

const floats = (model, name) => {
  const d = model.get(name);
  return new Float32Array(d.buffer.slice(d.byteOffset, d.byteOffset + d.byteLength));
};
const clamp = (v, a, b) => Math.min(Math.max(v, a), b);
const short = (v) => (!isFinite(v) ? "diverged" : v >= 1000 ? v.toExponential(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2));

function element(tag, className, parent, attributes = {}) {
  const e = document.createElement(tag);
  e.className = className;
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  parent.appendChild(e);
  return e;
}

function canvas(className, width, height, parent, attributes) {
  const c = element("canvas", className, parent, attributes), sharp = Math.max(1, window.devicePixelRatio || 1);
  c.width = width * sharp; c.height = height * sharp;
  c.style.width = `${width}px`; c.style.height = `${height}px`;
  const g = c.getContext("2d");
  g.scale(sharp, sharp);
  return { c, g, width, height, frame: 0 };
}

// a box of the screen with its own axes
function axes(left, top, width, height, [x0, x1, y0, y1]) {
  return {
    left, top, width, height,
    x: (v) => left + ((v - x0) / (x1 - x0)) * width,
    y: (v) => top + height - ((v - y0) / (y1 - y0)) * height,
    data: (px, py) => [x0 + ((px - left) / width) * (x1 - x0), y0 + ((top + height - py) / height) * (y1 - y0)],
  };
}

function frame(g, a, { grid = false } = {}) {
  g.fillStyle = "#fff"; g.fillRect(a.left, a.top, a.width, a.height);
  g.strokeStyle = grid ? "#eaeef2" : "#f0f2f5"; g.lineWidth = 1; g.beginPath();
  for (let v = -4; v <= 4; v += 2) {
    g.moveTo(Math.round(a.x(v)) + 0.5, a.top); g.lineTo(Math.round(a.x(v)) + 0.5, a.top + a.height);
    g.moveTo(a.left, Math.round(a.y(v)) + 0.5); g.lineTo(a.left + a.width, Math.round(a.y(v)) + 0.5);
  }
  g.stroke(); g.strokeStyle = FAINT; g.strokeRect(a.left + 0.5, a.top + 0.5, a.width - 1, a.height - 1);
}

function clipped(g, a, paint) {
  g.save(); g.beginPath(); g.rect(a.left, a.top, a.width, a.height); g.clip(); paint(); g.restore();
}

function line(g, a, values, { colour = INK, width = 1.5, alpha = 1, dash = [] } = {}) {
  g.globalAlpha = alpha; g.strokeStyle = colour; g.lineWidth = width; g.setLineDash(dash); g.beginPath();
  values.forEach((v, i) => {
    const x = a.x(X0 + ((X1 - X0) * i) / (values.length - 1)), y = clamp(a.y(v), -1e4, 1e4);
    i ? g.lineTo(x, y) : g.moveTo(x, y);
  });
  g.stroke(); g.globalAlpha = 1; g.setLineDash([]);
}

function dot(g, x, y, radius, fill, ring) {
  g.beginPath(); g.arc(x, y, radius, 0, 7); g.fillStyle = fill; g.fill();
  g.strokeStyle = ring; g.lineWidth = 2; g.stroke();
}

function text(g, words, x, y, { colour = INK, font = FONT, align = "left" } = {}) {
  g.font = font; g.textAlign = align; g.fillStyle = colour; g.fillText(words, x, y);
}

function arrow(g, x, y, dx, dy, colour, width) {
  const turn = Math.atan2(dy, dx), head = 6 + 1.6 * width, tip = [x + dx, y + dy];
  const neck = [tip[0] - 0.8 * head * Math.cos(turn), tip[1] - 0.8 * head * Math.sin(turn)];
  const side = (s) => [tip[0] - head * Math.cos(turn + s), tip[1] - head * Math.sin(turn + s)];
  g.strokeStyle = g.fillStyle = colour; g.lineWidth = width; g.lineCap = "butt";
  g.beginPath(); g.moveTo(x, y); g.lineTo(...neck); g.stroke();
  g.beginPath(); g.moveTo(...tip); g.lineTo(...side(0.42)); g.lineTo(...side(-0.42)); g.closePath(); g.fill();
}

// a finer grid of the same surface, by cubic (Catmull-Rom) interpolation: smooth contours through the known values
function finer(v, n, times) {
  const cubic = (a, b, c, d, t) => b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  const along = (get, length) => Array.from({ length: (length - 1) * times + 1 }, (_, k) => {
    const i = Math.min(Math.floor(k / times), length - 2), p = (j) => get(clamp(j, 0, length - 1));
    return cubic(p(i - 1), p(i), p(i + 1), p(i + 2), k / times - i);
  });
  const rows = Array.from({ length: n }, (_, r) => along((c) => v[r * n + c], n)), m = rows[0].length;
  const columns = Array.from({ length: m }, (_, c) => along((r) => rows[r][c], n));
  return Float32Array.from({ length: m * m }, (_, i) => columns[i % m][Math.floor(i / m)]);
}

// where the level crosses the square cells of an n x n grid: marching squares, one short segment at a time
function contour(g, a, grid, n, level, toScreen) {
  g.beginPath();
  for (let r = 0; r < n - 1; r++) for (let c = 0; c < n - 1; c++) {
    const corners = [[r, c], [r, c + 1], [r + 1, c + 1], [r + 1, c]], cut = [];
    for (let k = 0; k < 4; k++) {
      const [p, q] = [corners[k], corners[(k + 1) % 4]], u = grid[p[0] * n + p[1]], v = grid[q[0] * n + q[1]];
      if (u < level !== v < level) {
        const t = (level - u) / (v - u);
        cut.push(toScreen(p[1] + t * (q[1] - p[1]), p[0] + t * (q[0] - p[0])));
      }
    }
    for (let k = 0; k + 1 < cut.length; k += 2) { g.moveTo(...cut[k]); g.lineTo(...cut[k + 1]); }
  }
  g.stroke();
}

function render({ model, el }) {
  const root = element("div", "mg-ae", el, { "data-lm-suppress-shortcuts": "true" });
  element("style", "", root).textContent = STYLE;
  const bar = element("div", "mg-ae-head", root);
  const play = element("button", "mg-ae-play", bar, { type: "button" }), head = element("span", "", bar);
  const top = element("div", "mg-ae-row", root);
  const task = canvas("mg-ae-task", 352, 330, top, { tabindex: "0", role: "application" });
  const many = canvas("mg-ae-multiples", 480, 330, top, { role: "img" });
  element("div", "mg-ae-help", root).textContent =
    "Points: click adds, drag moves, shift-click removes; Tab chooses, arrow keys move, Enter adds, Delete removes.";
  const status = element("div", "mg-ae-status", root, { role: "status", "aria-live": "polite" });
  const head2 = element("div", "mg-ae-head", root);
  const low = element("div", "mg-ae-row", root);
  const field = canvas("mg-ae-surface", 352, 340, low, { tabindex: "0", role: "application" });
  const side = element("div", "mg-ae-side", low);
  const table = element("table", "mg-ae-table", side);
  const note = element("p", "mg-ae-note", side);
  element("div", "mg-ae-help", root).textContent =
    "Drag the white dot, or use the arrow keys. Contours: loss after K steps. The exact arrow crosses them at right angles; all have one length.";

  const titles = model.get("titles"), methods = titles.length;
  const box = axes(30, 8, 316, 298, [X0, X1, Y0, Y1]);
  const range = model.get("surface_range"), square = axes(34, 6, 304, 304, range.flat());
  let held2 = null, heat = null;
  let shown = model.get("K"), kept = null, held = null, waiting = false, dirty = null, tween = 0, swing = null;
  let said = 0, alarm = 0;

  const points = () => held || model.get("points");
  const read = () => {
    kept = { curves: floats(model, "curves"), query: floats(model, "query_losses"), truth: floats(model, "truth"),
             surface: floats(model, "surface") };
  };
  const at = (m, k) => { // the curve of method m after k steps; between two steps, for the eye only, a mixture
    const lower = Math.floor(k), rest = k - lower, from = (m * (STEPS + 1) + lower) * WIDE;
    const a = kept.curves.subarray(from, from + WIDE);
    if (!rest) return a;
    const b = kept.curves.subarray(from + WIDE, from + 2 * WIDE);
    return a.map((v, i) => (1 - rest) * v + rest * b[i]);
  };
  const loss = (m, k) => kept.query[m * (STEPS + 1) + k];

  function drawTask() {
    const { g } = task, info = model.get("info");
    g.clearRect(0, 0, task.width, task.height);
    frame(g, box, { grid: true });
    for (let v = -4; v <= 4; v += 2) {
      text(g, v, box.x(v), box.top + box.height + 15, { colour: MUTED, align: "center" });
      text(g, v, box.left - 5, box.y(v) + 4, { colour: MUTED, align: "right" });
    }
    text(g, "x", box.left + box.width - 2, box.top + box.height + 15, { colour: MUTED, align: "right" });
    text(g, "y", box.left - 5, box.top + 12, { colour: MUTED, align: "right" });
    clipped(g, box, () => {
      line(g, box, [...kept.truth], { width: 1.5, dash: [5, 4] });
      for (let m = methods - 1; m >= 0; m--) line(g, box, at(m, shown), { colour: COLOURS[m], width: m ? 1.8 : 2.6 });
      points().forEach(([x, y], i) => {
        const chosen = i === model.get("selected");
        dot(g, box.x(x), box.y(y), chosen ? 8 : 6, INK, chosen ? "#ffbf00" : "#fff");
      });
    });
    text(g, "- - -", box.left + 8, box.top + 16, { font: BOLD });
    text(g, info.behind || "", box.left + 36, box.top + 16, { colour: INK });
    if (!points().length) text(g, "Click to add a point.", box.left + box.width / 2, box.y(2.4), { align: "center", font: BOLD });
    stamp(task);
  }

  function drawMultiples() {
    const { g } = many, W = 155, H = 128;
    g.clearRect(0, 0, many.width, many.height);
    for (let m = 0; m < methods; m++) {
      const left = (m % 3) * 162, topY = Math.floor(m / 3) * 166;
      const a = axes(left, topY + 34, W, H, [X0, X1, Y0, Y1]);
      text(g, titles[m], left + 1, topY + 13, { colour: COLOURS[m], font: "600 13px system-ui, sans-serif" });
      text(g, `query loss ${short(loss(m, 0))} → ${short(loss(m, Math.round(shown)))}`, left + 1, topY + 29);
      frame(g, a);
      clipped(g, a, () => {
        line(g, a, [...kept.truth], { width: 1.2, dash: [4, 3] });
        line(g, a, at(m, 0), { colour: COLOURS[m], width: 1.4, alpha: 0.55, dash: [2, 3] });
        for (let k = 1; k < shown; k += Math.ceil(shown / 7)) line(g, a, at(m, k), { colour: COLOURS[m], width: 1, alpha: 0.16 });
        line(g, a, at(m, shown), { colour: COLOURS[m], width: 2.4 });
        for (const [x, y] of points()) dot(g, a.x(x), a.y(y), 3, INK, "#fff");
      });
    }
    drawLosses(g, axes(324 + 30, 166 + 34, W - 38, H - 16, [0, STEPS, -3, 1.5]));
    stamp(many);
  }

  function drawLosses(g, a) { // query loss against K, log scale
    text(g, "query loss against K", 324, 166 + 13, { font: BOLD });
    text(g, "log scale", 324, 166 + 29, { colour: MUTED });
    g.fillStyle = "#fff"; g.fillRect(a.left, a.top, a.width, a.height);
    g.strokeStyle = "#eaeef2"; g.lineWidth = 1;
    for (const [v, name] of [[-3, "0.001"], [-2, "0.01"], [-1, "0.1"], [0, "1"], [1, "10"]]) {
      g.beginPath(); g.moveTo(a.left, a.y(v)); g.lineTo(a.left + a.width, a.y(v)); g.stroke();
      text(g, name, a.left - 3, a.y(v) + 4, { colour: MUTED, font: "10px system-ui, sans-serif", align: "right" });
    }
    g.strokeStyle = MUTED; g.beginPath(); g.moveTo(a.x(shown), a.top); g.lineTo(a.x(shown), a.top + a.height); g.stroke();
    for (const k of [0, 5, 10, 15, 20])
      text(g, k, a.x(k), a.top + a.height + 13, { colour: MUTED, font: "10px system-ui, sans-serif", align: "center" });
    clipped(g, a, () => {
      for (let m = methods - 1; m >= 0; m--) {
        g.strokeStyle = COLOURS[m]; g.lineWidth = 1.8; g.beginPath();
        for (let k = 0; k <= STEPS; k++) {
          const v = clamp(Math.log10(Math.max(loss(m, k), 1e-9)), -9, 9);
          if (isFinite(v)) k ? g.lineTo(a.x(k), a.y(v)) : g.moveTo(a.x(k), a.y(v));
        }
        g.stroke();
      }
    });
    g.strokeStyle = FAINT; g.strokeRect(a.left + 0.5, a.top + 0.5, a.width - 1, a.height - 1);
  }

  const off = document.createElement("canvas");
  function paintHeat(known) { // pale where the loss is low; square roots, so that the valley shows
    const v = finer(kept.surface.map(Math.sqrt), known, 3), n = 3 * (known - 1) + 1, low = Math.min(...v), high = Math.max(...v), g = off.getContext("2d");
    off.width = off.height = n;
    const image = g.createImageData(n, n);
    for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) {
      const t = (v[r * n + c] - low) / Math.max(high - low, 1e-9), i = 4 * ((n - 1 - r) * n + c);
      image.data.set([253 - 130 * t, 251 - 112 * t, 238 - 60 * t, 255], i);
    }
    g.putImageData(image, 0, 0);
    return { n, v, low, high };
  }

  function drawSurface() {
    const { g } = field, known = Math.round(Math.sqrt(kept.surface.length)), rows = model.get("rows");
    if (!known || !rows.length) return;
    if (!heat || heat.of !== kept.surface) heat = { of: kept.surface, ...paintHeat(known) };
    const { n, v, low, high } = heat, half = square.width / (n - 1) / 2, start = held2 || model.get("start");
    g.clearRect(0, 0, field.width, field.height);
    const toScreen = (c, r) => [square.left + (c / (n - 1)) * square.width, square.top + (1 - r / (n - 1)) * square.height];
    clipped(g, square, () => { // cell centres stand on the grid's points
      g.imageSmoothingEnabled = true; g.imageSmoothingQuality = "high";
      g.drawImage(off, square.left - half, square.top - half, square.width + 2 * half, square.height + 2 * half);
      g.strokeStyle = "rgba(40, 55, 80, 0.35)"; g.lineWidth = 1;
      for (let k = 1; k < 14; k++) contour(g, square, v, n, low + ((high - low) * (k / 14) ** 1.5), toScreen);
    });
    g.strokeStyle = FAINT; g.strokeRect(square.left + 0.5, square.top + 0.5, square.width - 1, square.height - 1);
    for (let k = 0; k <= 5; k++) text(g, k, square.x(k), square.top + square.height + 14, { colour: MUTED, align: "center" });
    for (let k = -1; k <= 4; k++) text(g, k, square.left - 5, square.y(k) + 4, { colour: MUTED, align: "right" });
    text(g, "w₁ (amplitude)", square.left + square.width / 2 + 20, square.top + square.height + 28, { colour: INK, align: "center" });
    g.save(); g.translate(11, square.top + square.height / 2); g.rotate(-Math.PI / 2);
    text(g, "w₂ (phase)", 0, 0, { align: "center" }); g.restore();
    const [x, y] = [square.x(start[0]), square.y(start[1])], from = model.get("arrows_at");
    const [ax, ay] = [square.x(from[0]), square.y(from[1])]; // arrows stay where they were computed
    rows.map((row, m) => [row, m]).reverse().forEach(([row, m]) => {
      const [a, b] = m === 0 ? exact(rows) : row.gradient, long = Math.hypot(a, b);
      if (long > 1e-12) arrow(g, ax, ay, (-92 * a) / long, (92 * b) / long, COLOURS[m], 2.5 + 2.5 * m);
    });
    dot(g, x, y, 7, "#fff", INK);
    stamp(field);
  }

  const exact = (rows) => swing || (model.get("hessian") ? rows[0] : rows[1]).gradient;
  const degrees = (a, b) => Math.abs(Math.atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1])) * (180 / Math.PI);

  function fillTable() {
    const rows = model.get("rows"), on = model.get("hessian");
    if (!rows.length) return;
    const cells = rows.map((row, m) => {
      const g = m ? row.gradient : exact(rows), long = Math.hypot(...g), cost = m || on ? row : rows[1];
      const angle = long < 1e-12 || rows[0].length < 1e-12 ? "none" : `${degrees(g, rows[0].gradient).toFixed(1)}°`;
      const name = m || on ? titles[m] : "MAML, no Hessian";
      return [name, angle, short(long), cost.gradients, cost.hessian_products, cost.ms.toFixed(1)];
    });
    const names = ["gradient of", "angle to exact", "length", "gradients a task", "Hessian products", "ms of CPU here"];
    const key = (m) => `<span class="mg-ae-key" style="background:${COLOURS[m]};height:${2.5 + 2.5 * m}px"></span>`;
    table.innerHTML = `<thead><tr>${names.map((n) => `<th scope="col">${n}</th>`).join("")}</tr></thead><tbody>` +
      cells.map((c, m) => `<tr><td>${key(m)}${c[0]}</td>${c.slice(1).map((v) => `<td>${v}</td>`).join("")}</tr>`).join("") + "</tbody>";
    note.textContent = model.get("note");
  }

  function labels() {
    const k = Math.round(model.get("K")), n = points().length, chosen = model.get("selected");
    const where = chosen >= 0 && chosen < n ? ` Point ${chosen + 1} of ${n} at x = ${points()[chosen][0].toFixed(1)}, y = ${points()[chosen][1].toFixed(1)}.` : "";
    head.textContent = `One task, five starts, K = ${k} inner step${k === 1 ? "" : "s"}, alpha = ${model.get("alpha").toPrecision(2)}. Dotted: start. Bold: after K steps.`;
    head2.textContent = `Which way is downhill? A model of two weights, ${model.get("n_tasks")} tasks, K = ${k}: w₁ sin(x + w₂)`;
    task.c.setAttribute("aria-label", `Task with ${n} support points.${where} Tab chooses a point, arrow keys move it, Enter adds one, Delete removes it.`);
    many.c.setAttribute("aria-label", `Query loss after ${k} steps: ` + titles.map((t, m) => `${t} ${short(loss(m, k))}`).join(", "));
    const [a, b] = held2 || model.get("start");
    field.c.setAttribute("aria-label", `Loss after ${k} steps over the start. Start at w1 = ${a.toFixed(2)}, w2 = ${b.toFixed(2)}. Arrow keys move it.`);
    clearTimeout(said); // a screen reader hears where things came to rest, not every step on the way
    said = setTimeout(() => speak(`Query loss after K = ${k} steps: ` + titles.map((t, m) => `${t} ${short(loss(m, k))}`).join(", ") + `.${where}`), 250);
  }
  function speak(words, gone = false) {
    if (!gone && status.classList.contains("mg-ae-gone") && waiting) return;
    status.classList.toggle("mg-ae-gone", gone);
    if (status.textContent !== words) status.textContent = words;
  }
  const stamp = (panel) => { panel.c.dataset.frame = ++panel.frame; panel.c.dataset.k = shown.toFixed(2); };
  const drawTop = () => { drawTask(); drawMultiples(); };

  // --- what the kernel says ---------------------------------------------------------------------------------

  function onTask() { read(); if (!waiting || !dirty) drawTop(); labels(); askSurface(); }
  function askSurface() { // whoever turns alpha looks at the upper panel: the kernel computes the lower one when this is drawn
    if (model.get("surface_due")) try { model.send({ ask: "surface" }); } catch { gone(); }
  }
  function onSurface() { kept.surface = floats(model, "surface"); drawSurface(); fillTable(); labels(); }
  function onK() { // glide to the new K in a few frames; at rest the curve is the one after exactly K steps
    const target = model.get("K"), from = shown, began = performance.now(), calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    cancelAnimationFrame(tween);
    const go = () => {
      const t = calm || Math.abs(target - from) > 3 ? 1 : clamp((performance.now() - began + 16) / (BEAT - 20), 0, 1);
      shown = t < 1 ? from + (target - from) * t : target;
      drawTop();
      if (t < 1) tween = requestAnimationFrame(go);
    };
    go(); labels();
  }
  function onSwing() { // the arrow passes through exact gradients at shares of the Hessian term between 0 and 1
    const way = model.get("swing"), began = performance.now();
    if (way.length < 2) return;
    const go = () => {
      const t = clamp((performance.now() - began) / 700, 0, 1) * (way.length - 1), i = Math.min(Math.floor(t), way.length - 2);
      swing = t < way.length - 1 ? way[i].map((v, d) => v + (t - i) * (way[i + 1][d] - v)) : null;
      drawSurface(); fillTable();
      if (swing) requestAnimationFrame(go);
    };
    go();
  }
  function onAnswer() {
    if (model.get("answered") !== model.get("edit")) return;
    waiting = false; clearTimeout(alarm);
    status.classList.remove("mg-ae-gone");
    if (dirty) { const send = dirty; dirty = null; send(); } else { held = held2 = null; drawTop(); drawSurface(); }
    labels();
  }

  // --- what the learner does --------------------------------------------------------------------------------

  const gone = () => speak("The kernel that computed this picture is gone: run the cell again to go on. K can still be slid.", true);
  function send(changes) { // one edit under way at a time: a fast hand must not queue up work
    if (waiting) { dirty = () => send(changes); return; }
    waiting = true;
    for (const [k, v] of Object.entries(changes)) model.set(k, v);
    model.set("edit", model.get("edit") + 1);
    clearTimeout(alarm); alarm = setTimeout(() => waiting && gone(), 3000);
    try { model.save_changes(); } catch { gone(); }
  }
  function edit(list, selected) { held = list; send({ points: list, selected }); drawTop(); labels(); }
  function choose(i) { model.set("selected", i); model.save_changes(); drawTask(); labels(); }
  const place = (panel, a, e) => {
    const r = panel.c.getBoundingClientRect();
    return [(e.clientX - r.left) * (panel.width / r.width), (e.clientY - r.top) * (panel.height / r.height)];
  };
  const inside = ([x, y]) => [+clamp(x, X0, X1).toFixed(3), +clamp(y, Y0, Y1).toFixed(3)];
  const replaced = (i, p) => points().map((q, j) => (j === i ? inside(p) : q));
  const nearest = ([px, py]) => {
    const far = points().map(([x, y]) => Math.hypot(box.x(x) - px, box.y(y) - py)), i = far.indexOf(Math.min(...far));
    return far.length && far[i] < 12 ? i : -1;
  };

  let grabbed = -1;
  task.c.onpointerdown = (e) => {
    const p = place(task, box, e), i = nearest(p), list = points();
    task.c.setPointerCapture?.(e.pointerId);
    if (i >= 0 && e.shiftKey) return edit(list.filter((_, j) => j !== i), -1);
    if (i >= 0) { grabbed = i; return choose(i); }
    if (list.length >= model.get("most_points")) return speak(`At most ${model.get("most_points")} points: remove one first.`);
    grabbed = list.length;
    edit([...list, inside(box.data(...p))], grabbed);
  };
  task.c.onpointermove = (e) => { if (grabbed >= 0) edit(replaced(grabbed, box.data(...place(task, box, e))), grabbed); };
  task.c.onpointerup = task.c.onpointercancel = () => { grabbed = -1; };

  // the display on which play was pressed beats time; the others follow K
  let beat = 0;
  const stop = () => { clearInterval(beat); beat = 0; };
  const onPlaying = () => { play.textContent = model.get("playing") ? "❚❚ stop" : "▶ play K = 0…20"; if (!model.get("playing")) stop(); };
  const setPlaying = (on, more = {}) => {
    for (const [k, v] of Object.entries({ ...more, playing: on })) model.set(k, v);
    try { model.save_changes(); } catch { gone(); }
  };
  play.onclick = () => {
    if (model.get("playing")) return setPlaying(false);
    stop(); setPlaying(true, { K: 0 });
    beat = setInterval(() => { const k = model.get("K"); setPlaying(k + 1 < STEPS, { K: Math.min(k + 1, STEPS) }); }, BEAT);
  };

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  task.c.onkeydown = (e) => {
    const list = points(), i = model.get("selected"), step = e.shiftKey ? 0.5 : 0.1, taken = () => e.preventDefault();
    if (e.key === "Tab") { // to the next point; past the last (or the first, backwards) focus goes on as usual
      const next = e.shiftKey ? i - 1 : i + 1;
      if (next >= 0 && next < list.length) { taken(); choose(next); } else choose(-1);
    } else if (ARROWS[e.key] && list.length) {
      taken();
      if (i < 0) return choose(0);
      edit(replaced(i, [list[i][0] + step * ARROWS[e.key][0], list[i][1] + step * ARROWS[e.key][1]]), i);
    } else if (e.key === "Enter") {
      taken();
      if (list.length >= model.get("most_points")) return speak(`At most ${model.get("most_points")} points: remove one first.`);
      const p = i >= 0 ? [list[i][0] > X1 - 1 ? list[i][0] - 1 : list[i][0] + 1, list[i][1]] : [0, 0];
      edit([...list, inside(p)], list.length);
    } else if ((e.key === "Delete" || e.key === "Backspace") && i >= 0 && i < list.length) {
      taken(); edit(list.filter((_, j) => j !== i), Math.min(i, list.length - 2));
    }
    e.stopPropagation();
  };

  const moveStart = ([a, b]) => {
    held2 = [clamp(a, ...range[0]), clamp(b, ...range[1])];
    send({ start: held2 }); drawSurface();
  };
  let pulling = false;
  field.c.onpointerdown = (e) => { pulling = true; field.c.setPointerCapture?.(e.pointerId); moveStart(square.data(...place(field, square, e))); };
  field.c.onpointermove = (e) => { if (pulling) moveStart(square.data(...place(field, square, e))); };
  field.c.onpointerup = field.c.onpointercancel = () => { pulling = false; };
  field.c.onkeydown = (e) => {
    if (ARROWS[e.key]) {
      const [a, b] = held2 || model.get("start"), step = e.shiftKey ? 0.5 : 0.1;
      e.preventDefault(); moveStart([a + step * ARROWS[e.key][0], b + step * ARROWS[e.key][1]]);
    }
    e.stopPropagation();
  };

  const listen = {
    "change:task_frame": onTask, "change:surface_frame": onSurface, "change:K": onK, "change:playing": onPlaying, "change:swing": onSwing,
    "change:answered": onAnswer, "change:selected": () => { drawTask(); labels(); }, "comm_live_update": gone,
  };
  for (const [name, f] of Object.entries(listen)) model.on(name, f);
  read(); drawTop(); drawSurface(); fillTable(); labels(); onPlaying(); askSurface();
  return () => { if (beat) setPlaying(false); for (const [name, f] of Object.entries(listen)) model.off?.(name, f); cancelAnimationFrame(tween); };
}

export default { render };
