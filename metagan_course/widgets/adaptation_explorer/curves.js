// The explorer's first picture: one task, five starts, K steps. descent.js computes it, so it needs no kernel.

function curvesPanel(driver) {
  const task = canvas(352, 330, { class: 'mg-ae-task', tabIndex: 0, aria: { role: 'application' } });
  const many = canvas(484, 330, { class: 'mg-ae-multiples', aria: { role: 'img' } });
  const box = axes(task, 'task', { left: 30, top: 8, width: 316, height: 298, x: [-5, 5], y: [-6, 6] });
  const small = (m, name) => axes(many, name, { left: (m % 3) * 163, top: Math.floor(m / 3) * 166 + 34, width: 155, height: 128, x: [-5, 5], y: [-6, 6] });
  const losses = axes(many, 'losses', { left: 358, top: 200, width: 118, height: 112, x: [0, STEPS], y: [-3, 1.5] });
  const places = {};
  let shown = null, tween = 0;
  driver.chosen ??= -1; // the point that keys move, in all displays

  const points = () => driver.state.points;
  function at(scene, m, k) { // the curve of method m after k steps; between two steps, for the eye only, a mixture
    const low = Math.floor(k), rest = k - low, from = (m * (STEPS + 1) + low) * WIDE, { curves } = scene.arrays;
    const a = curves.subarray(from, from + WIDE);
    return rest ? a.map((v, i) => (1 - rest) * v + rest * curves[from + WIDE + i]) : a;
  }
  const loss = (scene, m, k) => scene.arrays.query[m * (STEPS + 1) + k];
  const along = (a, values) => Array.from(values, (v, i) => [a.X(-5 + 10 * i / (WIDE - 1)), a.Y(v)]);
  const leaves = values => values.some(v => !(Math.abs(v) <= 6));

  function drawTask(scene) {
    const pen = task.pen(), ticks = [-4, -2, 0, 2, 4];
    frame(pen, box, { xticks: [...ticks, [4.8, 'x']], yticks: [...ticks, [5.5, 'y']], grid: true });
    box.inside(pen, () => {
      polyline(pen, along(box, scene.arrays.truth), { dash: [5, 4] });
      for (let m = scene.methods.length - 1; m >= 0; m--)
        polyline(pen, along(box, at(scene, m, shown)), { colour: PALETTE[scene.methods[m]], width: m ? 1.8 : 2.6 });
      points().forEach(([x, y], i) => dot(pen, box.X(x), box.Y(y), i === driver.chosen ? 8 : 6, PALETTE.ink, i === driver.chosen ? '#ffbf00' : '#fff', 2));
    });
    write(pen, '- - -', box.left + 8, box.top + 16, { font: BOLD });
    write(pen, scene.behind, box.left + 36, box.top + 16);
    if (!points().length) write(pen, 'Click to add a point.', box.left + 158, box.Y(2.4), { align: 'center', font: BOLD });
  }

  function drawMany(scene) {
    const pen = many.pen(), k = Math.round(shown);
    scene.methods.forEach((method, m) => {
      const a = places[method] ||= small(m, method), now = at(scene, m, shown), colour = PALETTE[method];
      pen.fillStyle = colour; pen.fillRect(a.left, a.top - 31, 10, 10);
      write(pen, scene.titles[m], a.left + 15, a.top - 22, { font: '600 13px system-ui, sans-serif' });
      write(pen, `query loss ${short(loss(scene, m, 0))} → ${short(loss(scene, m, k))}`, a.left + 1, a.top - 6);
      frame(pen, a);
      a.inside(pen, () => {
        polyline(pen, along(a, scene.arrays.truth), { width: 1.2, dash: [4, 3] });
        polyline(pen, along(a, at(scene, m, 0)), { colour, width: 1.4, alpha: 0.55, dash: [2, 3] });
        for (let j = 1; j < shown; j += Math.ceil(shown / 7)) polyline(pen, along(a, at(scene, m, j)), { colour, width: 1, alpha: 0.16 });
        polyline(pen, along(a, now), { colour, width: 2.4 });
        for (const [x, y] of points()) dot(pen, a.X(x), a.Y(y), 3, PALETTE.ink);
      });
      if (leaves(now)) write(pen, now.every(Number.isFinite) ? 'leaves the frame' : 'blew up', a.left + 150, a.top + 123, { align: 'right', colour: PALETTE.alarm, font: SMALL });
    });
    drawLosses(pen, scene);
  }

  function drawLosses(pen, scene) { // query loss against K, log scale
    write(pen, 'query loss against K', 326, 179, { font: BOLD });
    write(pen, 'log scale', 326, 194, { colour: PALETTE.muted });
    const yticks = [[-3, '0.001'], [-2, '0.01'], [-1, '0.1'], [0, '1'], [1, '10']];
    frame(pen, losses, { xticks: [0, 5, 10, 15, 20], yticks, grid: true, font: SMALL });
    polyline(pen, [[losses.X(shown), losses.top], [losses.X(shown), losses.top + losses.height]], { colour: PALETTE.muted, width: 1 });
    const above = scene.methods.some((_, m) => !(loss(scene, m, Math.round(shown)) < 30));
    if (above) write(pen, 'above 30', losses.left + losses.width - 4, losses.top + 12, { align: 'right', colour: PALETTE.alarm, font: SMALL });
    losses.inside(pen, () => {
      for (let m = scene.methods.length - 1; m >= 0; m--) {
        const log = k => clamp(Math.log10(Math.max(loss(scene, m, k), 1e-9)), -9, 9);
        polyline(pen, Array.from({ length: STEPS + 1 }, (_, k) => [losses.X(k), losses.Y(log(k))]), { colour: PALETTE[scene.methods[m]], width: 1.8 });
      }
    });
  }

  function draw(scene, state) { // glides to a new K in a few frames; at rest the curve is the one after exactly K steps
    const target = state.K, from = shown ?? target, began = performance.now();
    cancelAnimationFrame(tween);
    if (driver.chosen >= points().length) driver.chosen = -1;
    const go = () => {
      const t = calm() || Math.abs(target - from) > 3 ? 1 : clamp((performance.now() - began + 16) / 230, 0, 1);
      shown = t < 1 ? from + (target - from) * t : target;
      drawTask(scene); drawMany(scene);
      task.dataset.k = shown.toFixed(2);
      task.dataset.drawn = +(task.dataset.drawn || 0) + 1;
      if (t < 1) tween = requestAnimationFrame(go);
    };
    go();
    const words = state.points.length === 1 ? '1 support point' : `${state.points.length} support points`;
    task.setAttribute('aria-label', `Task with ${words}.${where()} Tab chooses a point, arrow keys move it, Enter adds one, Delete removes it.`);
    many.setAttribute('aria-label', said(scene, state));
    remove.disabled = driver.chosen < 0;
  }
  const where = () => driver.chosen < 0 ? '' : ` Point ${driver.chosen + 1} of ${points().length} at x = ${points()[driver.chosen][0].toFixed(1)}, y = ${points()[driver.chosen][1].toFixed(1)}.`;
  function said(scene, { K }) {
    const out = scene.titles.filter((_, m) => leaves(at(scene, m, K)));
    return `Query loss after K = ${K}: ` + scene.titles.map((t, m) => `${t} ${short(loss(scene, m, K))}`).join(', ') + '.' + where()
      + (out.length ? ` Out of the frame: ${out.join(', ')}.` : '');
  }

  // --- points by mouse, finger and keys ---
  const redraw = () => driver.views.forEach(view => view.draw());
  const put = (list, i) => { driver.chosen = i; driver.set({ points: list }); };
  const moved = (i, place) => points().map((p, j) => j === i ? box.keep(place) : p);
  const full = () => points().length >= driver.scene.most_points;
  function nearest([x, y]) {
    const far = points().map(p => Math.hypot(box.X(p[0]) - box.X(x), box.Y(p[1]) - box.Y(y))), i = far.indexOf(Math.min(...far));
    return far.length && far[i] < 14 ? i : -1;
  }
  const drop = () => { if (driver.chosen >= 0) put(points().filter((_, j) => j !== driver.chosen), Math.min(driver.chosen, points().length - 2)); };
  function add(place) { if (!full()) put([...points(), box.keep(place)], points().length); }
  drag(task, box, {
    start(place, event) {
      const i = nearest(place);
      if (i >= 0 && event.shiftKey) { put(points().filter((_, j) => j !== i), -1); return false; }
      if (i < 0) { add(place); return !full() || driver.chosen === points().length - 1; }
      driver.chosen = i; redraw();
      return true;
    },
    move: place => put(moved(driver.chosen, place), driver.chosen),
  });
  task.dataset.keys = JSON.stringify(['Tab', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Enter', 'Delete']);
  task.addEventListener('keydown', event => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key], step = event.shiftKey ? 0.5 : 0.1;
    if (event.key === 'Tab') { // to the next point; past the last (or the first, backwards) the focus goes on as usual
      const next = driver.chosen + (event.shiftKey ? -1 : 1), held = next >= 0 && next < points().length;
      driver.chosen = held ? next : -1;
      redraw();
      if (!held) return;
    } else if (by && driver.chosen < 0) { driver.chosen = points().length ? 0 : -1; redraw(); }
    else if (by) { const [x, y] = points()[driver.chosen]; put(moved(driver.chosen, [x + step * by[0], y + step * by[1]]), driver.chosen); }
    else if (event.key === 'Enter') { const [x, y] = points()[driver.chosen] || [-1, 0]; add([x > 4 ? x - 1 : x + 1, y]); }
    else if (event.key === 'Delete' || event.key === 'Backspace') drop();
    else return;
    event.preventDefault();
  });

  const fresh = button('new', 'New task', 'another random sinusoid, which no start was trained on', () => { driver.chosen = -1; driver.ask({ do: 'new' }); });
  const remove = button('remove', 'Remove point', 'remove the chosen point', drop);
  const help = el('div', { class: 'mg-keys', text: 'Dotted: start. Bold: after K steps. Click adds a point, drag moves it; Tab chooses, arrow keys move, Enter adds, Delete removes.' });
  const node = el('div', {}, el('div', { class: 'mg-ae-row' }, task, many), help);
  return { node, draw, words: said, bar: [fresh, remove], stop: () => cancelAnimationFrame(tween) };
}
