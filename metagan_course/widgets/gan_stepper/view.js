// The page's half of the GAN stepper. It draws what the kernel sends and asks for the next move; it computes no GAN.
// The page drives, and every request is answered by one frame. One request is on its way at a time; playing fast,
// two are: the kernel computes a frame while the one before it travels and is drawn.

const REAL = '#0072b2', FAKE = '#d55e00', MANIFOLD = '#7b3294', OTHER = '#7b3294', SIZE = 420;
const ARROW = 0.35, LONGEST = 0.9, ARROWS = 96;  // units of the plane per unit of gradient; longest; how many
const SILENT = 4000;  // ms without an answer after which the page says so
const PROMPT = 150;  // ms: while answers take longer than this, play asks for one frame at a time, so that pause stays prompt
const LAYERS = [['real', 'real points', REAL], ['fake', 'generated G(z)', FAKE], ['field', "D's field", 'linear-gradient(90deg, #f5b274, #fff, #7ab2db)'],
  ['arrows', '−∇ₓ L_G (× 0.35)', '#111'], ['manifold', "G's manifold", MANIFOLD]];
const SPEEDS = [['slow', 'slow motion'], ['1', '1 step a frame'], ['3', '3 steps a frame'], ['10', '10 steps a frame']];
const EXPLAIN = [
  'A batch of noise is drawn; G has done nothing yet.',
  'G<sub>φ</sub> maps every z to a point in the plane.',
  'D<sub>θ</sub> judges: points filled blue look real to it, orange ones generated.',
  'θ ← θ − α ∇<sub>θ</sub> L<sub>D</sub>: the field changes, the points stay.',
  'φ ← φ − α ∇<sub>φ</sub> L<sub>G</sub>: the points move (grey: from where), the field stays.'];
const KEYS = 'Keys: space play · S step · D one D move · G one G move · N next phase · ← → rewind · Home start · R new game';

const make = (tag, properties = {}, ...children) => {
  const { aria = {}, ...rest } = properties, node = Object.assign(document.createElement(tag), rest);
  for (const name in aria) node.setAttribute(name === 'role' ? name : 'aria-' + name, aria[name]);
  node.append(...children);
  return node;
};
const short = v => v === null ? '–' : Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1)
  : Math.abs(v) >= 0.1 || v === 0 ? v.toFixed(2) : Math.abs(v) >= 0.001 ? v.toFixed(3) : v.toExponential(0);

// --- what the kernel sent -------------------------------------------------------------------------------------

function unpack(model) {
  const scene = model.get('scene'), view = model.get('arrays');
  if (!scene || !scene.layout) return null;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  const games = scene.layout.map((places, i) => {
    const seen = { ...scene.games[i] };
    for (const name in places) {
      const [offset, ...shape] = places[name], n = shape.reduce((a, b) => a * b, 1);
      seen[name] = name === 'heat' ? bytes.subarray(offset, offset + n) : new Float32Array(bytes.buffer, offset, n);
      seen[name].width = shape[1] || 1;
    }
    return seen;
  });
  return { ...scene, games };
}

// --- the driver: one for a model, shared by its displays ------------------------------------------------------

function makeDriver() {
  const tag = Math.random().toString(36).slice(2, 8);
  const driver = { views: new Set(), playing: false, silent: false, speed: '1' };
  let model, queue = [], flight = [], count = 0, timer = 0, beat = 0, sentAt = -Infinity, trip = 0, painted = 0, stale = false;
  const tell = () => driver.views.forEach(view => view.refresh());
  const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
  const ahead = () => driver.speed === 'slow' || calm() || trip > PROMPT ? 1 : 2;
  const forget = () => { clearTimeout(timer); flight = []; queue = []; driver.playing = false; };
  function listen() {
    clearTimeout(timer);
    if (flight.length) timer = setTimeout(() => { driver.silent = true; tell(); }, SILENT);
  }
  function answered(id) {  // the kernel answers in order: whatever was asked before `id` is answered too
    const place = flight.findIndex(request => request.id === id);
    if (place < 0) return;
    trip = performance.now() - flight[place].sent;
    flight.splice(0, place + 1);
    driver.silent = false;
    listen();
  }

  function pump() {  // only a frame of play may follow frames of play still under way: everything else acts on what is seen
    const free = () => !flight.length || (queue[0].play && flight.every(request => request.play) && flight.length < ahead());
    while (queue.length && free()) {
      const content = queue.shift();
      sentAt = performance.now();
      flight.push({ id: content.id, play: content.play, sent: sentAt });
      if (flight.length === 1) listen();
      safely(() => model.send(content));
    }
  }
  function safely(act) {  // a comm whose kernel is gone throws at once
    try { act(); } catch (error) { forget(); driver.silent = true; tell(); }
  }
  driver.save = changes => {
    for (const name in changes) model.set(name, changes[name]);
    safely(() => model.save_changes());
  };
  driver.ask = content => {
    if (driver.silent) forget();
    if (content.do === 'goto') queue = queue.filter(q => q.do !== 'goto');  // only the last place of a drag counts
    queue.push({ ...content, id: `${tag}-${++count}` });
    pump();
  };
  const mayPlay = () => { const s = model.get('scene'); return !s.locked && !driver.empty(); };
  driver.empty = () => model.get('scene').data === 'drawn' && !model.get('strokes').length;
  function next() {
    clearTimeout(beat);
    if (!driver.playing || queue.length || flight.length >= ahead() || (driver.silent && flight.length)) return;
    const wait = document.hidden ? 300 : pause();
    if (wait > 1) { beat = setTimeout(next, wait); return; }
    const move = driver.speed === 'slow' ? { do: 'phase' } : { do: 'step', n: +driver.speed };
    driver.ask({ ...move, play: true, verdict: driver.verdict });  // by the verdict, the kernel knows what this page has seen
    next();
  }
  driver.play = on => {
    if (on && driver.silent) forget();
    driver.playing = on && mayPlay();
    sentAt = -Infinity;  // the first frame waits for nothing
    next();
    tell();
  };
  function pause() {  // between two frames of a run
    const least = driver.speed === 'slow' ? 1300 : calm() ? 500 : 16;
    return Math.max(0, least - (performance.now() - sentAt));
  }
  function paint() {  // at most once for each picture of the screen
    if (painted && driver.playing) { stale = true; return; }
    stale = false;
    cancelAnimationFrame(painted);
    painted = requestAnimationFrame(() => { painted = 0; if (stale) paint(); });
    driver.views.forEach(view => view.draw());
  }
  function framed() {
    const scene = model.get('scene'), before = driver.verdict;
    driver.verdict = scene.verdict;
    if (scene.verdict && !before) driver.playing = false;  // the prediction is judged: look at it
    if (scene.locked || scene.games.some(game => game.energy === null)) driver.playing = false;
    answered(scene.reply);
    pump();
    next();
    paint();
  }
  driver.begin = its => {
    model = its;
    driver.verdict = model.get('scene').verdict;
    model.on('change:frame', framed);
    model.on('change:show', () => driver.views.forEach(view => view.draw()));
    model.on('change:strokes', () => driver.views.forEach(view => view.draw()));
  };
  driver.leave = view => { driver.views.delete(view); if (!driver.views.size) driver.playing = false; };
  return driver;
}

// --- drawing --------------------------------------------------------------------------------------------------

function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio)) {
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    canvas.style.width = width + 'px'; canvas.style.height = height + 'px';
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, width, height);
  return pen;
}

const off = typeof document === 'undefined' ? null : document.createElement('canvas');
const TINT = Array.from({ length: 256 }, (_, v) => {  // 0 orange (generated), 128 white, 255 blue (real)
  const t = Math.abs(v - 127.5) / 127.5, [r, g, b] = v > 127 ? [122, 178, 219] : [245, 178, 116];
  return [255 + (r - 255) * t, 255 + (g - 255) * t, 255 + (b - 255) * t];
});

function drawField(pen, heat, n) {
  off.width = off.height = n;
  const ink = off.getContext('2d'), image = ink.createImageData(n, n);
  for (let i = 0; i < n * n; i++) {
    const c = TINT[heat[i]];
    image.data[4 * i] = c[0]; image.data[4 * i + 1] = c[1]; image.data[4 * i + 2] = c[2]; image.data[4 * i + 3] = 255;
  }
  ink.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(off, 0, 0, SIZE, SIZE);
}

function drawBoundary(pen, heat, n) {  // where D cannot tell: the level line at one half
  const step = SIZE / n, at = (x, y) => heat[y * n + x] - 127.5;
  pen.beginPath();
  for (let y = 0; y + 1 < n; y++) for (let x = 0; x + 1 < n; x++) {
    const corners = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)], cuts = [];
    const places = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]];
    for (let k = 0; k < 4; k++) {
      const a = corners[k], b = corners[(k + 1) % 4], p = places[k], q = places[(k + 1) % 4];
      if ((a < 0) !== (b < 0)) { const t = a / (a - b); cuts.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]); }
    }
    for (let k = 0; k + 1 < cuts.length; k += 2) {
      pen.moveTo((cuts[k][0] + 0.5) * step, (cuts[k][1] + 0.5) * step);
      pen.lineTo((cuts[k + 1][0] + 0.5) * step, (cuts[k + 1][1] + 0.5) * step);
    }
  }
  pen.strokeStyle = '#777'; pen.lineWidth = 1.2; pen.setLineDash([5, 4]); pen.stroke(); pen.setLineDash([]);
}

function drawNet(pen, points, lines, flat, X, Y) {  // G's manifold: the lines of a regular net of z, mapped by G
  pen.strokeStyle = MANIFOLD; pen.globalAlpha = 0.65; pen.lineWidth = flat ? 2 : 1; pen.beginPath();
  const go = (i, first) => first ? pen.moveTo(X(points[2 * i]), Y(points[2 * i + 1])) : pen.lineTo(X(points[2 * i]), Y(points[2 * i + 1]));
  if (flat) for (let i = 0; i < points.length / 2; i++) go(i, i === 0);
  else for (let a = 0; a < lines; a++) {
    for (let b = 0; b < lines; b++) go(a * lines + b, b === 0);
    for (let b = 0; b < lines; b++) go(b * lines + a, b === 0);
  }
  pen.stroke(); pen.globalAlpha = 1;
}

function drawArrows(pen, points, pushes, X, Y) {
  pen.strokeStyle = '#111'; pen.lineWidth = 1.3; pen.beginPath();
  for (let i = 0; i < Math.min(ARROWS, points.length / 2); i++) {
    let [dx, dy] = [ARROW * pushes[2 * i], ARROW * pushes[2 * i + 1]];
    const length = Math.hypot(dx, dy), cut = Math.min(1, LONGEST / length);
    if (!(length > 0)) continue;
    const x = X(points[2 * i]), y = Y(points[2 * i + 1]);
    const u = X(points[2 * i] + cut * dx), v = Y(points[2 * i + 1] + cut * dy), turn = Math.atan2(v - y, u - x);
    pen.moveTo(x, y); pen.lineTo(u, v);
    const head = Math.min(6, Math.hypot(u - x, v - y) / 2);
    for (const side of [-0.5, 0.5]) { pen.moveTo(u, v); pen.lineTo(u - head * Math.cos(turn + side), v - head * Math.sin(turn + side)); }
  }
  pen.stroke();
}

function drawPlane(canvas, game, scene, show, empty) {
  const pen = sized(canvas, SIZE, SIZE), R = scene.reach, phase = scene.phase;
  const X = x => (x + R) / (2 * R) * SIZE, Y = y => (R - y) / (2 * R) * SIZE;
  if (empty) {
    pen.fillStyle = '#333'; pen.font = '16px sans-serif'; pen.textAlign = 'center';
    pen.fillText('Draw here: press, move, let go.', SIZE / 2, SIZE / 2);
    pen.textAlign = 'left';
    return;
  }
  if (show.field) { drawField(pen, game.heat, scene.pixels); drawBoundary(pen, game.heat, scene.pixels); }
  if (show.manifold && phase !== 0) drawNet(pen, game.manifold, scene.lines, game.z_size === 1, X, Y);
  if (show.real) {
    pen.fillStyle = REAL; pen.strokeStyle = '#fff'; pen.lineWidth = 0.8;
    for (let i = 0; i < game.real.length; i += 2) {
      pen.beginPath(); pen.arc(X(game.real[i]), Y(game.real[i + 1]), 2.9, 0, 7); pen.fill(); pen.stroke();
    }
  }
  if (show.fake && phase !== 0) {
    if (game.before.length) {
      pen.strokeStyle = '#666'; pen.lineWidth = 1.2; pen.beginPath();
      for (let i = 0; i < game.fake.length; i += 2) {
        pen.moveTo(X(game.before[i]), Y(game.before[i + 1])); pen.lineTo(X(game.fake[i]), Y(game.fake[i + 1]));
      }
      pen.stroke();
    }
    for (let i = 0; i < game.fake.length; i += 2) {
      const x = X(game.fake[i]), y = Y(game.fake[i + 1]);
      if (phase >= 2) {  // filled by D's verdict
        pen.fillStyle = game.believed[i / 2] > 0.5 ? REAL : '#f0a030'; pen.strokeStyle = FAKE; pen.lineWidth = 1.6;
        pen.fillRect(x - 3.5, y - 3.5, 7, 7); pen.strokeRect(x - 3.5, y - 3.5, 7, 7);
      } else {
        pen.fillStyle = FAKE; pen.strokeStyle = '#fff'; pen.lineWidth = 0.8;
        pen.fillRect(x - 2.6, y - 2.6, 5.2, 5.2); pen.strokeRect(x - 2.6, y - 2.6, 5.2, 5.2);
      }
    }
    const outside = [...Array(game.fake.length / 2).keys()].filter(i =>
      !(Math.abs(game.fake[2 * i]) <= R && Math.abs(game.fake[2 * i + 1]) <= R)).length;
    if (outside) {
      pen.fillStyle = '#222'; pen.font = '12px sans-serif';
      pen.fillText(`${outside} of ${game.fake.length / 2} generated points lie outside`, 8, SIZE - 10);
    }
  }
  if (show.arrows && phase !== 0) drawArrows(pen, game.fake, game.arrows, X, Y);
}

function drawNoise(canvas, game, scene) {
  const side = 150, pen = sized(canvas, side, side), X = z => side / 2 + z * side / 6.4;
  pen.strokeStyle = MANIFOLD; pen.globalAlpha = 0.4; pen.lineWidth = 1; pen.beginPath();
  if (game.z_size === 1) { pen.moveTo(X(-2.5), side / 2); pen.lineTo(X(2.5), side / 2); }
  else for (let a = 0; a < scene.lines; a++) {
    const c = X(-2.5 + 5 * a / (scene.lines - 1));
    pen.moveTo(X(-2.5), c); pen.lineTo(X(2.5), c); pen.moveTo(c, X(-2.5)); pen.lineTo(c, X(2.5));
  }
  pen.stroke(); pen.globalAlpha = 1; pen.fillStyle = scene.phase === 0 ? FAKE : '#444';
  const w = game.z.width;
  for (let i = 0; i < game.z.length / w; i++) {
    const x = X(game.z[i * w]), y = w === 1 ? side / 2 + ((i * 37) % 41 - 20) : X(-game.z[i * w + 1]);
    pen.fillRect(x - 1.6, y - 1.6, 3.2, 3.2);
  }
}

function drawCurves(canvas, scene) {
  const W = 856, H = 140, pen = sized(canvas, W, H), left = 44, top = 20, bottom = 22, wide = 364, gap = 60;
  const last = Math.max(20, ...scene.games.flatMap(g => [g.curves[g.curves.length - 4], g.left.length ? g.left[g.left.length - 4] : 0]));
  const high = H - top - bottom, X = (panel, s) => left + panel * (wide + gap) + s / last * wide;
  const root = e => Math.sqrt(Math.max(0, e));
  const most = Math.max(0.5, ...scene.games.map(g => { let m = 0; for (let i = 1; i < g.curves.length; i += 4) if (g.curves[i] > m) m = g.curves[i]; return m; }));
  const Ys = [e => top + high * (1 - root(e) / root(1.1 * most)), m => top + high * (1 - m / scene.n_modes)];
  pen.font = '12px sans-serif'; pen.fillStyle = '#222';
  pen.fillText('energy distance (root scale)', left, 13);
  pen.fillStyle = '#00507d'; pen.fillText('▬ floor: real v. real', left + 170, 13);
  pen.fillStyle = '#b00020'; pen.fillText('▮ alarm rang', left + 290, 13);
  pen.fillStyle = '#222';
  pen.fillText(`${scene.parts} of the data covered, of ${scene.n_modes}`, X(1, 0), 13);
  pen.fillStyle = 'rgba(0, 114, 178, 0.25)';
  pen.fillRect(X(0, 0), Ys[0](scene.floor), wide, top + high - Ys[0](scene.floor));
  pen.strokeStyle = '#999'; pen.lineWidth = 1;
  for (const panel of [0, 1]) {
    pen.strokeRect(X(panel, 0), top, wide, high);
    pen.fillStyle = '#444'; pen.textAlign = 'center';
    for (const s of [0, last / 2, last]) pen.fillText(Math.round(s), X(panel, s), H - 7);
    pen.textAlign = 'right';
    let room = Infinity;
    for (const v of panel ? [0, scene.n_modes] : [0, 0.1, 0.5, 1, 2, 5, 10, 30, 100, 300, 1000, 1e4, 1e5, 1e6]) {
      const y = Ys[panel](v);
      if (y < top || room - y < 14) continue;  // above the frame, or on the last label
      pen.fillText(v, X(panel, 0) - 4, y + 4);
      room = y;
    }
    pen.textAlign = 'left';
  }
  pen.textAlign = 'center'; pen.fillText('G’s moves', X(0, last / 4), H - 7); pen.fillText('G’s moves', X(1, last / 4), H - 7);
  pen.textAlign = 'left';
  const line = (rows, column, panel, colour, dash, upto) => {
    pen.strokeStyle = colour; pen.lineWidth = 2; pen.setLineDash(dash); pen.beginPath();
    let pen_down = false;
    for (let i = 0; i < rows.length; i += 4) {
      if (i / 4 > upto) break;
      const x = X(panel, rows[i]), y = Ys[panel](rows[i + column]);
      if (Number.isFinite(y)) { pen_down ? pen.lineTo(x, y) : pen.moveTo(x, y); pen_down = true; }
    }
    pen.stroke(); pen.setLineDash([]);
  };
  scene.games.forEach((game, i) => [0, 1].forEach(panel => {
    const column = panel + 1, colour = i ? OTHER : '#111';
    line(game.left, column, panel, '#bbb', [], Infinity);
    line(game.curves, column, panel, '#bbb', i ? [6, 4] : [], Infinity);
    line(game.curves, column, panel, colour, i ? [6, 4] : [], scene.cursor);
    const at = 4 * scene.cursor, y = Ys[panel](game.curves[at + column]);
    if (Number.isFinite(y)) { pen.fillStyle = colour; pen.beginPath(); pen.arc(X(panel, game.curves[at]), y, 4, 0, 7); pen.fill(); }
    pen.fillStyle = '#b00020';
    if (panel === 0) for (let k = 0; k <= at; k += 4) if (game.curves[k + 3]) pen.fillRect(X(0, game.curves[k]) - 1, top + 4 * i, 2, 4);
  }));
}

// --- one display ----------------------------------------------------------------------------------------------

function render(driver, model, el) {
  const buttons = {};
  const button = (name, text, label, act) => buttons[name] = make('button', { type: 'button', textContent: text, className: 'mg-' + name, title: label, onclick: act, aria: { label } });
  const ask = (what, n) => () => driver.ask({ do: what, n: n || 1 });
  const planes = ['A', 'B'].map(name => make('canvas', { className: 'mg-canvas mg-canvas-' + name, aria: { role: 'img', label: `plane ${name}` } }));
  const names = planes.map(() => make('div', { className: 'mg-name' }));
  const boxes = planes.map((plane, i) => make('div', { className: 'mg-plane' }, names[i], plane));
  const noise = make('canvas', { className: 'mg-z', aria: { role: 'img', label: 'the noise z' } });
  const phases = make('ol', { className: 'mg-phases' });
  const noiseWords = make('div');
  const side = make('div', { className: 'mg-side' }, make('div', { className: 'mg-name' }, make('b', { textContent: 'One step, in five phases' })),
    phases, make('div', { className: 'mg-noise' }, noise, noiseWords));
  const numbers = [0, 1].map(() => make('div'));
  const curves = make('canvas', { className: 'mg-curves', aria: { role: 'img', label: 'energy distance and modes covered, by step' } });
  const rewind = make('input', { type: 'range', min: 0, max: 0, value: 0, className: 'mg-rewind', aria: { label: 'rewind' } });
  const where = make('span', { style: 'width:150px; text-align:right' });
  const speed = make('select', { className: 'mg-speed', aria: { label: 'speed of play' } }, ...SPEEDS.map(([value, text]) => make('option', { value, textContent: text })));
  const predict = make('div', { className: 'mg-predict', aria: { role: 'group', label: 'prediction' } });
  const status = make('div', { className: 'mg-status', aria: { role: 'status', live: 'polite' } });
  const layers = LAYERS.map(([name, text, colour]) => {
    const box = make('input', { type: 'checkbox', className: 'mg-layer-' + name });
    box.onchange = () => driver.save({ show: { ...model.get('show'), [name]: box.checked } });
    return { name, box, label: make('label', {}, box, make('span', { className: 'mg-swatch', style: `background:${colour}` }), text) };
  });
  const drawTools = make('span', { style: 'margin-left:auto' },
    button('undo', 'undo', 'undo the last stroke', () => redraw(model.get('strokes').slice(0, -1))), ' ',
    button('clear', 'clear', 'clear the drawing', () => redraw([])));
  const root = make('div', { className: 'mg-stepper', tabIndex: 0, aria: { role: 'application', label: `GAN stepper. ${KEYS}` } },
    predict,
    make('div', { className: 'mg-planes' }, boxes[0], side, boxes[1]),
    make('div', { className: 'mg-row' }, 'Show:', ...layers.map(l => l.label), drawTools),
    make('div', { className: 'mg-numbers' }, ...numbers),
    make('div', { className: 'mg-row' },
      button('play', '▶ Play', 'play or pause (space)', () => driver.play(!driver.playing)), speed,
      button('step', 'Step', 'one full step: D then G (S)', ask('step')),
      button('d', 'D move', 'one move of the discriminator (D)', ask('d')),
      button('g', 'G move', 'one move of the generator (G)', ask('g')),
      button('phase', 'Next phase', 'slow motion: the next phase (N)', ask('phase')),
      button('new', 'New game', 'start again from the seed (R)', () => { driver.play(false); driver.ask({ do: 'new' }); })),
    curves,
    make('div', { className: 'mg-row' }, make('span', { textContent: 'Rewind' }), rewind, where),
    status, make('div', { className: 'mg-keys', textContent: KEYS }));
  root.dataset.lmSuppressShortcuts = 'true';  // in JupyterLab, D D would delete the cell
  el.append(root);

  let scene = null, spoken = 0;
  const goto = index => { driver.play(false); driver.ask({ do: 'goto', index: Math.max(0, Math.min(scene.length - 1, index)) }); };
  rewind.oninput = () => goto(+rewind.value);
  speed.onchange = () => { driver.speed = speed.value; driver.views.forEach(v => v.refresh()); };
  const acts = { ' ': () => buttons.play.click(), s: () => buttons.step.click(), d: () => buttons.d.click(), g: () => buttons.g.click(),
    n: () => buttons.phase.click(), r: () => buttons.new.click(), arrowleft: () => goto(scene.cursor - 1),
    arrowright: () => goto(scene.cursor + 1), home: () => goto(0), end: () => goto(scene.length - 1) };
  root.onkeydown = event => {
    const key = event.key.toLowerCase(), on = event.target;
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey || !acts[key]) return;
    if (on.tagName === 'SELECT' || on === rewind || (key === ' ' && (on.tagName === 'BUTTON' || on.tagName === 'INPUT'))) return;
    event.preventDefault();
    acts[key]();
  };

  // the learner's drawing
  const redraw = strokes => { driver.play(false); driver.save({ strokes }); };
  let stroke = null;
  planes.forEach(plane => {
    const place = event => {
      const r = plane.getBoundingClientRect(), R = scene.reach;
      return [(event.clientX - r.left) / r.width * 2 * R - R, R - (event.clientY - r.top) / r.height * 2 * R].map(v => +v.toFixed(3));
    };
    plane.onpointerdown = event => {
      if (scene.data !== 'drawn') return;
      driver.play(false); plane.setPointerCapture(event.pointerId); stroke = [place(event)];
    };
    plane.onpointermove = event => {
      if (!stroke) return;
      const pen = plane.getContext('2d'), R = scene.reach, S = v => (v + R) / (2 * R) * SIZE, [a, b] = stroke[stroke.length - 1];
      const [x, y] = place(event);
      stroke.push([x, y]);
      pen.save(); pen.strokeStyle = REAL; pen.lineWidth = 5; pen.lineCap = 'round'; pen.beginPath();
      pen.moveTo(S(a), S(-b)); pen.lineTo(S(x), S(-y)); pen.stroke(); pen.restore();
    };
    plane.onpointerup = () => { if (stroke) { const done = stroke; stroke = null; redraw([...model.get('strokes'), done]); } };
    plane.onpointercancel = () => { stroke = null; view.draw(); };
  });

  function describe(game, name) {
    return `${name}step ${game.step} · L_D ${short(game.loss_d)} · L_G ${short(game.loss_g)} · `
      + `median |∇ₓ L_G| ${short(game.push)}\nenergy distance ${short(game.energy)} (floor ${short(scene.floor)}) · `
      + `${game.covered} of ${scene.n_modes} ${scene.parts} · ${Math.round(100 * game.on_data)}% on data`;
  }
  function refreshPrediction() {
    const key = JSON.stringify([scene.locked, scene.prediction, scene.verdict, scene.choices]);
    if (predict.dataset.key === key) return;
    predict.dataset.key = key;
    if (scene.locked) {
      predict.replaceChildren(make('b', { textContent: scene.question }), make('br'), ...Object.entries(scene.choices).map(([choice, text]) =>
        make('button', { type: 'button', textContent: text.split(' (')[0], title: text, className: 'mg-choice', onclick: () => { root.focus(); driver.ask({ do: 'predict', choice }); } })));
    } else if (scene.prediction === null) {
      predict.replaceChildren('Play, or take the game apart move by move. Turn any control below while it runs.');
    } else {
      const said = `You predicted: ${scene.choices[scene.prediction]}.`;
      const came = scene.verdict === null ? `Judged at step ${scene.horizon}.`
        : scene.verdict === scene.prediction ? 'It came out as you said. ✓' : `What came out: ${scene.choices[scene.verdict]}. What did you not expect?`;
      predict.replaceChildren(said, make('br'), make('b', { textContent: came }));
    }
  }
  const view = {
    refresh() {
      if (!scene) return;
      const empty = driver.empty();
      buttons.play.textContent = driver.playing ? '❚❚ Pause' : '▶ Play';
      buttons.play.disabled = scene.locked || empty;
      buttons.play.title = scene.locked ? 'predict first, then play' : 'play or pause (space)';
      for (const name of ['step', 'd', 'g', 'phase']) buttons[name].disabled = empty;
      drawTools.style.visibility = scene.data === 'drawn' ? 'visible' : 'hidden';
      if (speed.value !== driver.speed) speed.value = driver.speed;
      const alarms = scene.games.map((g, i) => g.alarm && (scene.games.length > 1 ? 'AB'[i] + ': ' : '') + g.alarm).filter(Boolean);
      const now = performance.now(), silent = driver.silent;
      if (!silent && driver.playing && now - spoken < 1000) return;  // a screen reader can follow one line a second
      spoken = now;
      status.replaceChildren(silent
        ? 'No answer from the kernel. If it is busy, wait; if it was restarted or no notebook runs, run this cell again to play.'
        : alarms.length ? make('span', { className: 'mg-alarm', textContent: '⚠ ' + alarms.join(' · ') })
        : `${driver.playing ? 'Playing' : 'Paused'} at step ${scene.games[0].step}. No collapse alarm.`);
      status.title = scene.alarm;
    },
    draw() {
      if (stroke) return;
      scene = unpack(model) || scene;
      if (!scene) return;
      const two = scene.games.length === 2, show = model.get('show'), empty = driver.empty();
      boxes[1].style.display = two ? '' : 'none';
      side.style.display = two ? 'none' : '';
      scene.games.forEach((game, i) => {
        drawPlane(planes[i], game, scene, show, empty);
        names[i].textContent = (two ? 'AB'[i] + ' · ' : '') + game.title;
        numbers[i].innerText = describe(game, two ? 'AB'[i] + ' ' : '');
        planes[i].setAttribute('aria-label', `plane ${'AB'[i]}: ${describe(game, '')}`);
      });
      if (!two) numbers[1].textContent = '';
      if (!two) drawNoise(noise, scene.games[0], scene);
      noiseWords.textContent = `The noise z, ${scene.games[0].z_size}-D, from a normal distribution. G's manifold is this net, mapped by G.`;
      drawCurves(curves, scene);
      if (!phases.children.length) phases.append(...scene.phases.map((p, i) => make('li', {}, make('b', { textContent: p + '. ' }), make('span', { innerHTML: EXPLAIN[i] }))));
      [...phases.children].forEach((li, i) => i === scene.phase ? li.setAttribute('aria-current', 'step') : li.removeAttribute('aria-current'));
      rewind.max = scene.length - 1; rewind.value = scene.cursor;
      rewind.setAttribute('aria-valuetext', `step ${scene.games[0].step}`);
      where.textContent = `snapshot ${scene.cursor + 1} of ${scene.length}`;
      for (const { name, box } of layers) box.checked = !!show[name];
      refreshPrediction();
      view.refresh();
      root.dataset.frame = model.get('frame');
    },
  };
  driver.views.add(view);
  view.draw();
  return () => driver.leave(view);
}

export default () => {
  const driver = makeDriver();
  return { initialize({ model }) { driver.begin(model); }, render({ model, el }) { return render(driver, model, el); } };
};
