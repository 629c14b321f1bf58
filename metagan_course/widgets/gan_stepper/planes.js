// The stepper's planes: real points, generated ones, D's field, the arrows, G's manifold; and the noise behind them.

const SIZE = 300; // pixels of a plane
const ARROW = 0.35, LONGEST = 0.9, GAP = 13, ARROWS = 96; // units of the plane per unit of gradient; longest; pixels apart; most
const TINT = Array.from({ length: 256 }, (_, v) => { // 0 orange (generated), 128 white, 255 blue (real)
  const t = Math.abs(v - 127.5) / 127.5, [r, g, b] = v > 127 ? [122, 178, 219] : [245, 178, 116];
  return [255 + (r - 255) * t, 255 + (g - 255) * t, 255 + (b - 255) * t];
});

const pairs = values => Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);

function makePlane(name) {
  const node = canvas(SIZE, SIZE, { class: `mg-canvas mg-canvas-${name}`, aria: { role: 'img', label: `plane ${name}` } });
  let plane = null;
  const on = scene => plane ||= axes(node, 'plane', { left: 0, top: 0, width: SIZE, height: SIZE, x: [-scene.reach, scene.reach], y: [-scene.reach, scene.reach] });
  return { node, on, draw: (game, scene, state, empty) => drawPlane(node.pen(), on(scene), game, scene, state, empty) };
}

function drawPlane(sheet, a, game, scene, state, empty) {
  const place = ([x, y]) => [a.X(x), a.Y(y)], { phase, pixels } = scene, fake = pairs(game.fake);
  if (empty) return write(sheet, 'Draw here: press, move, let go.', SIZE / 2, SIZE / 2, { align: 'center', font: '15px system-ui, sans-serif' });
  if (state.field) {
    const cell = SIZE / pixels, centre = (c, r) => [(c + 0.5) * cell, (r + 0.5) * cell];
    heat(sheet, a, game.heat, pixels, pixels, v => TINT[v]);
    contour(sheet, game.heat, pixels, pixels, 127.5, centre, { colour: '#777', width: 1.2, dash: [5, 4] }); // where D cannot tell
  }
  if (state.manifold && phase !== 0) drawNet(sheet, pairs(game.manifold).map(place), scene.lines, game.z_size === 1);
  if (state.real) for (const p of pairs(game.real)) dot(sheet, ...place(p), 2.5, PALETTE.real, '#fff', 0.8);
  if (state.fake && phase !== 0) {
    if (game.before.length) pairs(game.before).forEach((from, i) => polyline(sheet, [place(from), place(fake[i])], { colour: '#666', width: 1.2 }));
    fake.forEach((p, i) => square(sheet, ...place(p), phase >= 2 ? game.believed[i] : null));
    const outside = fake.filter(([x, y]) => !a.holds(x, y)).length;
    if (outside) write(sheet, `${outside} of ${fake.length} generated points lie outside`, 6, SIZE - 8);
  }
  if (state.arrows && phase !== 0) drawArrows(sheet, a, fake, pairs(game.arrows), place);
  if (scene.state.data === 'drawn') write(sheet, 'A stroke is added to the data; Clear begins anew.', 6, 14);
}

function square(sheet, x, y, believed) { // from the third phase on, filled by D's verdict
  const judged = believed !== null, half = judged ? 3.5 : 2.5;
  sheet.fillStyle = !judged ? PALETTE.fake : believed > 0.5 ? PALETTE.real : '#f0a030';
  sheet.strokeStyle = judged ? PALETTE.fake : '#fff';
  sheet.lineWidth = judged ? 1.6 : 0.8;
  sheet.fillRect(x - half, y - half, 2 * half, 2 * half);
  sheet.strokeRect(x - half, y - half, 2 * half, 2 * half);
}

function drawNet(sheet, places, lines, flat) { // G's manifold: the lines of a regular net of z, mapped by G
  const look = { colour: PALETTE.manifold, alpha: 0.65, width: flat ? 2 : 1 };
  if (flat) return polyline(sheet, places, look);
  for (let i = 0; i < lines; i++) {
    polyline(sheet, places.slice(i * lines, (i + 1) * lines), look);
    polyline(sheet, places.filter((_, j) => j % lines === i), look);
  }
}

function drawArrows(sheet, a, points, pushes, place) { // where points crowd, one arrow stands for its neighbours
  const unit = SIZE / (a.x1 - a.x0), shown = points.slice(0, ARROWS).map(place);
  let cut = 0;
  for (const i of spread(shown, GAP)) {
    const [dx, dy] = pushes[i].map(v => v * ARROW * unit);
    if (Number.isFinite(dx)) cut += arrow(sheet, ...shown[i], dx, -dy, { colour: '#111', width: 1.3, longest: LONGEST * unit });
  }
  if (cut) write(sheet, 'open heads: longer than drawn', SIZE - 6, SIZE - 22, { align: 'right' });
}

function drawNoise(node, game, scene) {
  const side = 104, sheet = node.pen(), X = z => side / 2 + z * side / 6.4, look = { colour: PALETTE.manifold, alpha: 0.4, width: 1 };
  const net = game.z_size === 1 ? [] : Array.from({ length: scene.lines }, (_, i) => X(-2.5 + 5 * i / (scene.lines - 1)));
  if (game.z_size === 1) polyline(sheet, [[X(-2.5), side / 2], [X(2.5), side / 2]], look);
  for (const c of net) { polyline(sheet, [[X(-2.5), c], [X(2.5), c]], look); polyline(sheet, [[c, X(-2.5)], [c, X(2.5)]], look); }
  sheet.fillStyle = scene.phase === 0 ? PALETTE.fake : '#444';
  const width = game.z.shape[1];
  for (let i = 0; i < game.z.length / width; i++) {
    const y = width === 1 ? side / 2 + (i * 37) % 41 - 20 : X(-game.z[i * width + 1]);
    sheet.fillRect(X(game.z[i * width]) - 1.3, y - 1.3, 2.6, 2.6);
  }
}
