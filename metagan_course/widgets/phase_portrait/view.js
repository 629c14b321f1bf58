// What is drawn of the game: the plane with its field and the path, the eigenvalues, the distance by step.

const SIDE = 360, WIDE = 300, GRID = 15;
const LAMBDA = { left: 40, top: 22, width: 248, height: 128, x: [-3.2, 0.8], y: [-1.3, 1.3] };
const RADIUS = { left: 40, top: 206, width: 248, height: 112 };

function drawPlane(node, a, scene, state) {
  const sheet = node.pen(), places = scene.path.map(([phi, theta]) => [a.X(phi), a.Y(theta)]);
  for (let i = 0; i < GRID; i++) for (let j = 0; j < GRID; j++) {
    const [phi, theta] = [i, j].map(n => a.x0 + (n + 0.5) / GRID * (a.x1 - a.x0)), down = slopes(state, phi, theta), long = Math.hypot(...down);
    if (long > 1e-9) arrow(sheet, a.X(phi) + 7 * down[0] / long, a.Y(theta) - 7 * down[1] / long, -14 * down[0] / long, 14 * down[1] / long, { colour: '#b5bcc4', width: 1 });
  }
  frame(sheet, a, { xticks: [-2, -1, 0, 1, 2], yticks: [-2, -1, 0, 1, 2], xlabel: 'φ, where the generated point is', ylabel: 'θ, the slope of D' });
  a.inside(sheet, () => {
    polyline(sheet, places, { colour: '#d8c4e2', width: 1 });
    polyline(sheet, places.slice(0, state.step + 1), { colour: PALETTE.manifold, width: 1.5 });
    dot(sheet, a.X(0), a.Y(0), 3, PALETTE.ink);
    dot(sheet, ...places[state.step], 6, PALETTE.fake);
    dot(sheet, ...places[0], 8, PALETTE.real);
  });
  for (const [x, wide] of [[a.left + 2, 100], [a.left + a.width - 50, 48]]) { sheet.fillStyle = 'rgba(255, 255, 255, 0.85)'; sheet.fillRect(x, a.top + 2, wide, 16); }
  write(sheet, '● start: drag it', a.left + 6, a.top + 14, { colour: PALETTE.real });
  write(sheet, '● now', a.left + a.width - 6, a.top + 14, { colour: PALETTE.fake, align: 'right' });
}

function drawEigenvalues(sheet, node, scene, state) {
  const a = axes(node, 'lambda', LAMBDA);
  if (state.order === 'at once') a.inside(sheet, () => { // |1 + rate lambda| < 1: the step shrinks
    const unit = a.width / (a.x1 - a.x0), up = a.height / (a.y1 - a.y0);
    sheet.beginPath();
    sheet.ellipse(a.X(-1 / state.rate), a.Y(0), unit / state.rate, up / state.rate, 0, 0, 7);
    sheet.fillStyle = 'rgba(0, 158, 115, 0.13)'; sheet.fill();
  });
  frame(sheet, a, { xticks: [-3, -2, -1, 0], yticks: [-1, 0, 1] });
  polyline(sheet, [[a.X(0), a.top], [a.X(0), a.top + a.height]], { colour: PALETTE.ink, width: 1 });
  a.inside(sheet, () => { for (const [re, im] of scene.eigen) dot(sheet, a.X(re), a.Y(im), 5, PALETTE.manifold); });
  write(sheet, 'eigenvalues of the field at the centre', 4, 13, { font: BOLD });
  write(sheet, state.order === 'at once' ? 'real part; green: this rate shrinks' : 'real part', a.left + a.width / 2, a.top + a.height + 27, { align: 'center', font: SMALL });
}

function drawRadius(sheet, node, scene, state) {
  const root = v => Math.log10(Math.max(v, 1e-6)), far = scene.path.map(place => root(Math.hypot(...place)));
  const low = Math.min(-1, Math.floor(Math.min(...far))), high = Math.max(1, Math.ceil(Math.max(...far.filter(Number.isFinite))));
  const a = axes(node, 'radius', { ...RADIUS, x: [0, scene.steps], y: [low, high] });
  const marks = [...new Set([low, 0, high])].map(v => [v, v === 0 ? '1' : `1e${v}`]);
  frame(sheet, a, { xticks: [0, scene.steps / 2, scene.steps], yticks: marks, xlabel: 'step' });
  a.inside(sheet, () => polyline(sheet, far.map((v, i) => [a.X(i), a.Y(v)]), { colour: PALETTE.manifold }));
  dot(sheet, a.X(state.step), a.Y(far[state.step]), 5, PALETTE.fake);
  write(sheet, 'distance from the centre', 4, RADIUS.top - 8, { font: BOLD });
}

const move = (phi, theta) => driver => driver.set({ start: [driver.state.start[0] + phi, driver.state.start[1] + theta].map(v => +clamp(v, -2, 2).toFixed(3)) });
const to = where => driver => { driver.play(false); driver.set({ step: clamp(where(driver.state.step), 0, driver.scene.steps) }); };

function build(driver) {
  const plane = canvas(SIDE, SIDE, { class: 'mg-pp-plane', aria: { role: 'img', label: 'the plane of the two players' } });
  const side = canvas(WIDE, SIDE, { class: 'mg-pp-side', aria: { role: 'img', label: 'eigenvalues, and distance from the centre by step' } });
  const facts = el('div', { class: 'mg-pp-facts' });
  const a = axes(plane, 'plane', { left: 40, top: 8, width: 312, height: 312, x: [-2, 2], y: [-2, 2] });
  const put = place => driver.set({ start: a.keep(place) });
  drag(plane, a, { start: place => { driver.play(false); put(place); }, move: put });
  return {
    node: el('div', { class: 'mg-pp' }, plane, side, facts),
    words: scene => scene.words,
    draw(scene, state) {
      drawPlane(plane, a, scene, state);
      const sheet = side.pen();
      drawEigenvalues(sheet, side, scene, state);
      drawRadius(sheet, side, scene, state);
      const [[re, im]] = scene.eigen;
      const lambda = im ? `${+re.toFixed(3)} ± ${+im.toFixed(3)} i` : scene.eigen.map(([v]) => +v.toFixed(3)).join(' and ');
      facts.replaceChildren(
        el('p', { text: `φ = ${short(scene.path[state.step][0])}, θ = ${short(scene.path[state.step][1])}` }),
        el('p', { text: `eigenvalues ${lambda}` }),
        el('p', { text: `near the centre one step multiplies the distance by ${scene.factor.toFixed(4)}` }));
      plane.setAttribute('aria-label', `the plane of the two players: ${scene.words}`);
    },
  };
}

export default widget({
  label: 'Phase portrait',
  build,
  compute,
  keys: [
    [' ', 'space play', driver => driver.play(!driver.playing)],
    ['ArrowLeft', '← → step', to(step => step - 1)], ['ArrowRight', '', to(step => step + 1)],
    ['Home', 'Home start', to(() => 0)], ['End', '', to(() => Infinity)],
    ['a', 'A D W S move the start', move(-0.1, 0)], ['d', '', move(0.1, 0)], ['w', '', move(0, 0.1)], ['s', '', move(0, -0.1)],
  ],
  play: {
    begin: driver => { if (driver.state.step >= driver.scene.steps) driver.set({ step: 0 }); },
    next: driver => (driver.state.step < driver.scene.steps ? driver.set({ step: Math.min(driver.state.step + 2, driver.scene.steps) }) : false),
    pause: () => 30,
  },
});
