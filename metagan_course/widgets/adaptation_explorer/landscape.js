// The explorer's second picture: a model of two weights, its loss after K steps over the start, and the arrow, the
// angle and the cost of every method there.

// a finer grid of the same surface, by cubic (Catmull-Rom) interpolation: smooth contours through the known values
function finer(v, n, times) {
  const cubic = (a, b, c, d, t) => b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  const along = (get, length) => Array.from({ length: (length - 1) * times + 1 }, (_, k) => {
    const i = Math.min(Math.floor(k / times), length - 2), p = j => get(clamp(j, 0, length - 1));
    return cubic(p(i - 1), p(i), p(i + 1), p(i + 2), k / times - i);
  });
  const rows = Array.from({ length: n }, (_, r) => along(c => v[r * n + c], n)), m = rows[0].length;
  const columns = Array.from({ length: m }, (_, c) => along(r => rows[r][c], n));
  return Float32Array.from({ length: m * m }, (_, i) => columns[i % m][Math.floor(i / m)]);
}

const COLUMNS = ['gradient of', 'angle to exact', 'length', 'gradients a task', 'Hessian products', 'ms of CPU here'];
const LONG = 92; // pixels of every arrow: they show directions

function landscapePanel(driver) {
  const field = canvas(352, 330, { class: 'mg-ae-surface', tabIndex: 0, aria: { role: 'application' } });
  const table = el('table', { class: 'mg-ae-table' }), model = el('p', { class: 'mg-ae-model' });
  let square = null, known = null, swing = null, hessian = null, spin = 0;

  const exact = (scene, state) => swing || (state.hessian ? scene.rows[0] : scene.rows[1]).gradient;
  const degrees = (a, b) => Math.abs(Math.atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1])) * (180 / Math.PI);

  function surface(scene) { // pale where the loss is low; square roots, so that the valley shows; top row first
    if (known?.of === scene.arrays.surface) return known;
    const [cells] = scene.arrays.surface.shape, n = 3 * (cells - 1) + 1, up = finer(scene.arrays.surface.map(Math.sqrt), cells, 3);
    const values = up.map((_, i) => up[(n - 1 - Math.floor(i / n)) * n + i % n]);
    return known = { of: scene.arrays.surface, n, values, low: Math.min(...values), high: Math.max(...values) };
  }

  function drawField(scene, state) {
    square ||= axes(field, 'surface', { left: 36, top: 6, width: 290, height: 290, x: scene.range[0], y: scene.range[1] });
    const pen = field.pen(), { n, values, low, high } = surface(scene), cell = square.width / (n - 1), a = square;
    const tint = v => { const t = (v - low) / Math.max(high - low, 1e-9); return [253 - 130 * t, 251 - 112 * t, 238 - 60 * t]; };
    const place = (c, r) => [a.left + c * cell, a.top + r * cell];
    a.inside(pen, () => { // the centres of cells stand on the grid's points
      const wider = { left: a.left - cell / 2, top: a.top - cell / 2, width: a.width + cell, height: a.height + cell };
      heat(pen, wider, values, n, n, tint);
      for (let k = 1; k < 14; k++) contour(pen, values, n, n, low + (high - low) * (k / 14) ** 1.5, place, { colour: 'rgba(40, 55, 80, 0.35)' });
    });
    frame(pen, a, { xticks: [0, 1, 2, 3, 4, 5], yticks: [-1, 0, 1, 2, 3, 4], xlabel: 'w₁ (amplitude)', ylabel: 'w₂ (phase)' });
    const [x, y] = scene.state.start; // arrows stay where they were computed
    scene.rows.map((row, m) => [row, m]).reverse().forEach(([row, m]) => {
      const [u, v] = m === 0 ? exact(scene, state) : row.gradient, length = Math.hypot(u, v);
      if (length > 1e-12) arrow(pen, a.X(x), a.Y(y), -LONG * u / length, LONG * v / length, { colour: PALETTE[row.method], width: 2.5 + 2.5 * m });
    });
    dot(pen, a.X(state.start[0]), a.Y(state.start[1]), 7, '#fff', PALETTE.ink, 2);
  }

  function fillTable(scene, state) {
    const cells = scene.rows.map((row, m) => {
      const g = m ? row.gradient : exact(scene, state), cost = m || state.hessian ? row : scene.rows[1];
      const angle = Math.hypot(...g) < 1e-12 || scene.rows[0].length < 1e-12 ? 'none' : `${degrees(g, scene.rows[0].gradient).toFixed(1)}°`;
      const key = el('span', { class: 'mg-ae-key', style: `background:${PALETTE[row.method]};height:${2.5 + 2.5 * m}px` });
      const name = m || state.hessian ? scene.titles[m] : 'MAML, no Hessian';
      return [[key, name], angle, short(Math.hypot(...g)), cost.gradients, cost.hessian_products, cost.ms.toFixed(1)];
    });
    const row = (tag, words, more = {}) => el('tr', {}, ...words.map(w => el(tag, more, ...[w].flat())));
    table.replaceChildren(el('thead', {}, row('th', COLUMNS, { scope: 'col' })), el('tbody', {}, ...cells.map(c => row('td', c))));
  }

  function show(scene, state) { drawField(scene, state); fillTable(scene, state); field.dataset.drawn = +(field.dataset.drawn || 0) + 1; }
  function draw(scene, state) {
    model.textContent = `f(x) = w₁ sin(x + w₂): a model of two weights, ${scene.n_tasks} tasks, K = ${scene.state.K}, alpha = ${scene.state.alpha}. Contours: the loss after K steps. `
      + 'Each arrow is where a method sends the start (minus its gradient). The exact one crosses the contours at right angles. Arrows show directions: all have one length.';
    field.setAttribute('aria-label', `Loss after ${scene.state.K} steps over the start. ${said(scene, state)} Arrow keys move the start.`);
    cancelAnimationFrame(spin);
    const turned = hessian !== null && hessian !== state.hessian && scene.swing.length > 1 && !calm();
    if (turned) turn(scene, state, performance.now());
    else { swing = null; show(scene, state); }
    if (scene.state.hessian === state.hessian) hessian = state.hessian;
  }
  function turn(scene, state, began) { // the arrow passes through the gradients with a growing share of the Hessian term
    const way = scene.swing, t = clamp((performance.now() - began) / 700, 0, 1) * (way.length - 1), i = Math.min(Math.floor(t), way.length - 2);
    swing = t < way.length - 1 ? way[i].map((v, d) => v + (t - i) * (way[i + 1][d] - v)) : null;
    show(scene, state);
    if (swing) spin = requestAnimationFrame(() => turn(scene, state, began));
  }
  function said(scene, state) {
    const [x, y] = state.start.map(v => v.toFixed(2)), off = degrees(exact(scene, state), scene.rows[1].gradient).toFixed(1);
    return `Start at w1 = ${x}, w2 = ${y}. Between the exact gradient${state.hessian ? '' : ' without its Hessian term'} and FOMAML's: ${off}°.`;
  }

  const to = ([x, y]) => driver.set({ start: square.keep([x, y]) });
  field.dataset.keys = JSON.stringify(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']);
  field.addEventListener('keydown', event => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key], step = event.shiftKey ? 0.5 : 0.1;
    if (!by) return;
    event.preventDefault();
    to([driver.state.start[0] + step * by[0], driver.state.start[1] + step * by[1]]);
  });
  drag(field, { at: event => square.at(event) }, { start: to, move: to });
  const help = el('div', { class: 'mg-keys', text: 'Drag the white dot, or focus the picture and use the arrow keys (with shift: five times as far).' });
  const node = el('div', {}, el('div', { class: 'mg-ae-row' }, field, el('div', { class: 'mg-ae-side' }, table, model)), help);
  return { node, draw, words: said, stop: () => cancelAnimationFrame(spin) };
}
