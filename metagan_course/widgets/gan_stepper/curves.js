// The stepper's two curves: energy distance (root scale, with the floor of real against real) and modes covered.

const [STEP, ENERGY, COVERED, ALARMED] = [0, 1, 2, 3]; // columns of game.curves and game.left

const rowsOf = values => Array.from({ length: values.length / 4 }, (_, i) => Array.from(values.subarray(4 * i, 4 * i + 4)));
const root = v => Math.sqrt(Math.max(0, v));

function drawCurves(node, scene, games) {
  const sheet = node.pen(), all = games.map(g => ({ now: rowsOf(g.curves), left: rowsOf(g.left) }));
  const rows = all.flatMap(({ now, left }) => [...now, ...left]), finite = v => Number.isFinite(v) ? v : 0;
  const last = Math.max(20, ...rows.map(r => r[STEP])), most = Math.max(0.5, ...all.flatMap(g => g.now).map(r => finite(r[ENERGY])));
  const box = { left: 34, width: 190, x: [0, last] }, steps = [0, Math.round(last / 2), last];
  const energy = axes(node, 'energy', { ...box, top: 34, height: 96, y: [0, root(1.1 * most)] });
  const covered = axes(node, 'covered', { ...box, top: 176, height: 84, y: [0, scene.n_modes] });
  let room = Infinity;
  const marks = [0, 0.1, 0.5, 1, 2, 5, 10, 30, 100, 300, 1000, 1e4, 1e5, 1e6].filter(v => {
    const y = energy.Y(root(v)), fits = y >= energy.top && room - y >= 14;
    if (fits) room = y;
    return fits;
  });
  sheet.fillStyle = 'rgba(0, 114, 178, 0.25)';
  sheet.fillRect(energy.left, energy.Y(root(scene.floor)), energy.width, energy.top + energy.height - energy.Y(root(scene.floor)));
  write(sheet, 'energy distance (root scale)', 4, 12, { font: BOLD });
  write(sheet, '▬ floor: real v. real', 4, 27, { colour: '#00507d' });
  write(sheet, '▮ alarm', 138, 27, { colour: PALETTE.alarm });
  write(sheet, `${scene.parts} covered, of ${scene.n_modes}`, 4, 168, { font: BOLD });
  frame(sheet, energy, { xticks: steps, yticks: marks.map(v => [root(v), v]) });
  frame(sheet, covered, { xticks: steps, yticks: [0, scene.n_modes], xlabel: 'moves of G' });
  all.forEach(({ now, left }, i) => {
    const dash = i ? [6, 4] : [], colour = i ? PALETTE.manifold : '#111';
    for (const [a, column, of] of [[energy, ENERGY, root], [covered, COVERED, v => v]]) {
      const line = (some, look) => polyline(sheet, some.map(r => [a.X(r[STEP]), a.Y(of(r[column]))]), { width: 2, ...look });
      a.inside(sheet, () => {
        line(left, { colour: '#bbb' });
        line(now, { colour: '#bbb', dash });
        line(now.slice(0, scene.cursor + 1), { colour, dash });
      });
      const here = now[scene.cursor];
      if (Number.isFinite(here[column])) dot(sheet, a.X(here[STEP]), a.Y(of(here[column])), 4, colour);
    }
    sheet.fillStyle = PALETTE.alarm;
    for (const r of now.slice(0, scene.cursor + 1)) if (r[ALARMED]) sheet.fillRect(energy.X(r[STEP]) - 1, energy.top + 4 * i, 2, 4);
  });
}
