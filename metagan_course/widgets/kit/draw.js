// The kit, 2 of 4: drawing. Canvases are sharp on any screen; axes know where a value stands and what the pointer
// means, and tell both to the page (data-axes), so that a test reads places instead of copying them.

const FONT = '12px system-ui, sans-serif', BOLD = '600 12px system-ui, sans-serif', SMALL = '10px system-ui, sans-serif';

// A canvas of width x height CSS pixels. node.pen() gives a clean sheet in those units.
function canvas(width, height, properties = {}) {
  const node = el('canvas', properties), sharp = Math.max(1, window.devicePixelRatio || 1);
  node.width = Math.round(width * sharp);
  node.height = Math.round(height * sharp);
  node.style.width = `${width}px`;
  node.style.height = `${height}px`;
  node.dataset.sharp = sharp;
  node.pen = () => {
    const pen = node.getContext('2d');
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.fillStyle = PALETTE.paper;
    pen.fillRect(0, 0, width, height);
    return pen;
  };
  return node;
}

// Axes over a box of the canvas: X(value), Y(value) in pixels, at(pointer event) in values.
function axes(node, name, { left, top, width, height, x: [x0, x1], y: [y0, y1] }) {
  const a = { left, top, width, height, x0, x1, y0, y1 };
  a.X = v => left + (v - x0) / (x1 - x0) * width;
  a.Y = v => top + height - (v - y0) / (y1 - y0) * height;
  a.at = event => {
    const r = node.getBoundingClientRect(), zoom = r.width / parseFloat(node.style.width);
    const px = (event.clientX - r.left) / zoom, py = (event.clientY - r.top) / zoom;
    return [x0 + (px - left) / width * (x1 - x0), y0 + (top + height - py) / height * (y1 - y0)];
  };
  const within = (v, p, q) => clamp(v, Math.min(p, q), Math.max(p, q)); // an axis may point down
  a.keep = ([x, y]) => [+within(x, x0, x1).toFixed(3), +within(y, y0, y1).toFixed(3)];
  a.holds = (x, y) => within(x, x0, x1) === x && within(y, y0, y1) === y;
  a.inside = (pen, paint) => {
    pen.save(); pen.beginPath(); pen.rect(left, top, width, height); pen.clip(); paint(); pen.restore();
  };
  node.dataset.axes = JSON.stringify({ ...JSON.parse(node.dataset.axes || '{}'), [name]: [left, top, width, height, x0, x1, y0, y1] });
  return a;
}

// Frame, grid, ticks (numbers, or [value, words]) and the names of both axes.
function frame(pen, a, { xticks = [], yticks = [], xlabel = '', ylabel = '', grid = false, font = FONT } = {}) {
  const pair = tick => Array.isArray(tick) ? tick : [tick, tick];
  pen.strokeStyle = '#eaeef2'; pen.lineWidth = 1; pen.beginPath();
  if (grid) for (const [v] of xticks.map(pair)) { pen.moveTo(Math.round(a.X(v)) + 0.5, a.top); pen.lineTo(Math.round(a.X(v)) + 0.5, a.top + a.height); }
  if (grid) for (const [v] of yticks.map(pair)) { pen.moveTo(a.left, Math.round(a.Y(v)) + 0.5); pen.lineTo(a.left + a.width, Math.round(a.Y(v)) + 0.5); }
  pen.stroke(); pen.strokeStyle = PALETTE.faint; pen.strokeRect(a.left + 0.5, a.top + 0.5, a.width - 1, a.height - 1);
  for (const [v, says] of xticks.map(pair)) write(pen, says, a.X(v), a.top + a.height + 13, { colour: PALETTE.muted, align: 'center', font });
  for (const [v, says] of yticks.map(pair)) write(pen, says, a.left - 4, a.Y(v) + 4, { colour: PALETTE.muted, align: 'right', font });
  if (xlabel) write(pen, xlabel, a.left + a.width / 2, a.top + a.height + 26, { align: 'center', font });
  if (!ylabel) return;
  pen.save(); pen.translate(11, a.top + a.height / 2); pen.rotate(-Math.PI / 2);
  write(pen, ylabel, 0, 0, { align: 'center', font }); pen.restore();
}

function write(pen, words, x, y, { colour = PALETTE.ink, font = FONT, align = 'left' } = {}) {
  pen.font = font; pen.textAlign = align; pen.fillStyle = colour; pen.fillText(words, x, y);
}

function dot(pen, x, y, radius, fill, ring = PALETTE.paper, wide = 1) {
  pen.beginPath(); pen.arc(x, y, radius, 0, 7); pen.fillStyle = fill; pen.fill();
  pen.strokeStyle = ring; pen.lineWidth = wide; pen.stroke();
}

// A line through places [[x, y], ...] in pixels; a place that is not finite breaks it.
function polyline(pen, places, { colour = PALETTE.ink, width = 1.5, alpha = 1, dash = [] } = {}) {
  let down = false;
  pen.globalAlpha = alpha; pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash); pen.beginPath();
  for (const [x, y] of places) {
    const there = Number.isFinite(x) && Number.isFinite(y);
    if (there) down ? pen.lineTo(x, clamp(y, -1e4, 1e4)) : pen.moveTo(x, clamp(y, -1e4, 1e4));
    down = there;
  }
  pen.stroke(); pen.globalAlpha = 1; pen.setLineDash([]);
}

// An arrow of (dx, dy) pixels, drawn at most `longest` long. Says whether it had to be cut; an open end marks it.
function arrow(pen, x, y, dx, dy, { colour = PALETTE.ink, width = 1.5, longest = Infinity } = {}) {
  const length = Math.hypot(dx, dy), cut = length > longest;
  if (!(length > 0.5)) return false;
  const k = cut ? longest / length : 1, tip = [x + k * dx, y + k * dy], turn = Math.atan2(dy, dx);
  const head = Math.min(5 + 1.6 * width, 0.6 * k * length);
  const side = s => [tip[0] - head * Math.cos(turn + s), tip[1] - head * Math.sin(turn + s)];
  const neck = [tip[0] - 0.8 * head * Math.cos(turn), tip[1] - 0.8 * head * Math.sin(turn)];
  pen.strokeStyle = pen.fillStyle = colour; pen.lineWidth = width; pen.lineCap = 'butt';
  pen.beginPath(); pen.moveTo(x, y); pen.lineTo(...neck); pen.stroke();
  pen.beginPath(); pen.moveTo(...tip); pen.lineTo(...side(0.42)); pen.lineTo(...side(-0.42)); pen.closePath();
  cut ? pen.stroke() : pen.fill();
  return cut;
}

// Which of the places [[x, y], ...] to draw so that no two stand nearer than `gap` pixels: a crowd stays readable.
function spread(places, gap) {
  const kept = [];
  places.forEach(([x, y], i) => { if (kept.every(j => Math.hypot(places[j][0] - x, places[j][1] - y) >= gap)) kept.push(i); });
  return kept;
}

// A picture of n x m values, top row first, over the axes; tint(value) -> [r, g, b].
function heat(pen, a, values, n, m, tint) {
  const off = heat.sheet ||= document.createElement('canvas'), ink = off.getContext('2d');
  off.width = m; off.height = n;
  const image = ink.createImageData(m, n);
  for (let i = 0; i < n * m; i++) { const [r, g, b] = tint(values[i]); image.data.set([r, g, b, 255], 4 * i); }
  ink.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true; pen.imageSmoothingQuality = 'high';
  pen.drawImage(off, a.left, a.top, a.width, a.height);
}

// Where a level crosses the cells of an n x m grid, top row first: marching squares. place(column, row) -> pixels.
function contour(pen, values, n, m, level, place, { colour = PALETTE.muted, width = 1, dash = [] } = {}) {
  pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash); pen.beginPath();
  for (let r = 0; r + 1 < n; r++) for (let c = 0; c + 1 < m; c++) {
    const corners = [[r, c], [r, c + 1], [r + 1, c + 1], [r + 1, c]], cuts = [];
    for (let k = 0; k < 4; k++) {
      const [p, q] = [corners[k], corners[(k + 1) % 4]], u = values[p[0] * m + p[1]] - level, v = values[q[0] * m + q[1]] - level;
      if ((u < 0) !== (v < 0)) { const t = u / (u - v); cuts.push(place(p[1] + t * (q[1] - p[1]), p[0] + t * (q[0] - p[0]))); }
    }
    for (let k = 0; k + 1 < cuts.length; k += 2) { pen.moveTo(...cuts[k]); pen.lineTo(...cuts[k + 1]); }
  }
  pen.stroke(); pen.setLineDash([]);
}

// One picture of 28 x 28 bytes, ink = 255, as black on white: the i-th of an array of them is nth(array, i).
function picture28(pen, bytes, x, y, side) {
  const off = picture28.sheet ||= Object.assign(document.createElement('canvas'), { width: 28, height: 28 });
  const ink = off.getContext('2d'), image = ink.createImageData(28, 28);
  for (let i = 0; i < 784; i++) { const v = 255 - bytes[i]; image.data.set([v, v, v, 255], 4 * i); }
  ink.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(off, x, y, side, side);
}

const nth = (array, i) => array.subarray(784 * i, 784 * (i + 1));

// Drawing by hand with mouse, finger or stylus: `done(stroke)` gets [[x, y], ...] in values, `trace` draws on the way.
function pen(node, a, { may = () => true, trace = () => {}, done }) {
  let stroke = null;
  node.style.touchAction = 'none';
  node.addEventListener('pointerdown', event => {
    if (!may()) return;
    node.setPointerCapture(event.pointerId);
    stroke = [a.keep(a.at(event))];
    trace(stroke);
  });
  node.addEventListener('pointermove', event => { if (stroke) { stroke.push(a.keep(a.at(event))); trace(stroke); } });
  node.addEventListener('pointerup', () => { if (stroke) { const whole = stroke; stroke = null; done(whole); } });
  node.addEventListener('pointercancel', () => { stroke = null; });
  return { drawing: () => stroke !== null };
}

// Dragging a thing: start(place) says whether something was grabbed, move(place) follows, in values of the axes.
function drag(node, a, { start, move, end = () => {} }) {
  let held = false;
  node.style.touchAction = 'none';
  node.addEventListener('pointerdown', event => {
    held = start(a.at(event), event) !== false;
    if (held) node.setPointerCapture(event.pointerId);
  });
  node.addEventListener('pointermove', event => { if (held) move(a.at(event), event); });
  for (const name of ['pointerup', 'pointercancel']) node.addEventListener(name, () => { if (held) { held = false; end(); } });
}
