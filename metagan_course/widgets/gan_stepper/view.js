// The page's half of the GAN stepper. It draws what the kernel sends and asks for the next move; it computes no GAN.

const EXPLAIN = [
  'A batch of noise is drawn; G has done nothing yet.',
  'G<sub>φ</sub> maps every z to a point in the plane.',
  'D<sub>θ</sub> judges: filled blue looks real to it, orange generated.',
  'θ ← θ − α ∇<sub>θ</sub> L<sub>D</sub>: the field changes, the points stay.',
  'φ ← φ − α ∇<sub>φ</sub> L<sub>G</sub>: the points move (grey: from where).'];
const ON_THE_PAGE = ['field', 'real', 'fake', 'arrows', 'manifold', 'speed']; // what no kernel needs to know

const noData = state => state.data === 'drawn' && !state.strokes.length;
const gamesOf = scene => scene.games.map((game, i) => {
  const own = Object.entries(scene.arrays).filter(([name]) => name.startsWith('AB'[i] + '.'));
  return { ...game, ...Object.fromEntries(own.map(([name, values]) => [name.slice(2), values])) };
});

function describe(game, scene, name) {
  return `${name}step ${game.step} · L_D ${short(game.loss_d)} · L_G ${short(game.loss_g)} · median |∇ₓ L_G| ${short(game.push)}\n`
    + `energy distance ${short(game.energy)} (floor ${short(scene.floor)}) · `
    + `${game.covered} of ${scene.n_modes} ${scene.parts} · ${Math.round(100 * game.on_data)}% on data`;
}

function predictBox(driver) {
  const node = el('div', { class: 'mg-predict', aria: { role: 'group', label: 'prediction' } });
  let key = '';
  const answer = choice => () => driver.ask({ do: 'predict', choice });
  return { node, show(scene) {
    const now = JSON.stringify([scene.locked, scene.prediction, scene.verdict, scene.choices]);
    if (now === key) return;
    key = now;
    const said = scene.prediction && `You predicted: ${scene.choices[scene.prediction]}. `;
    if (scene.locked) node.replaceChildren(el('b', { text: scene.question + ' ' }), ...Object.entries(scene.choices).map(([choice, text]) =>
      el('button', { type: 'button', class: 'mg-choice', text: text.split(' (')[0], title: text, onclick: answer(choice) })));
    else if (!said) node.replaceChildren('Play, or take the game apart move by move. Turn any control below while it runs.');
    else node.replaceChildren(said, el('b', { text: scene.verdict === null ? `Judged at step ${scene.horizon}.`
      : scene.verdict === scene.prediction ? 'It came out as you said. ✓' : `What came out: ${scene.choices[scene.verdict]}. What did you not expect?` }));
  } };
}

const goto = (driver, index) => {
  driver.play(false);
  driver.ask({ do: 'goto', index: clamp(index, 0, driver.scene.length - 1), latest: true });
};
const move = what => driver => { if (!noData(driver.state)) driver.ask({ do: what, n: 1 }); };
const again = driver => { driver.play(false); driver.ask({ do: 'new' }); };

function build(driver) {
  const planes = ['A', 'B'].map(makePlane), names = planes.map(() => el('div', { class: 'mg-name' }));
  const boxes = planes.map((plane, i) => el('div', { class: 'mg-plane' }, names[i], plane.node));
  const noise = canvas(104, 104, { class: 'mg-z', aria: { role: 'img', label: 'the noise z' } }), noiseWords = el('div');
  const phases = el('ol', { class: 'mg-phases' });
  const side = el('div', { class: 'mg-side' }, el('b', { class: 'mg-name', text: 'One step, in five phases (N)' }), phases, el('div', { class: 'mg-noise' }, noise, noiseWords));
  const curves = canvas(232, 300, { class: 'mg-curves', aria: { role: 'img', label: 'energy distance and modes covered, by step' } });
  const numbers = [0, 1].map(() => el('div')), predict = predictBox(driver);
  const rewind = el('input', { type: 'range', min: 0, max: 0, class: 'mg-rewind', aria: { label: 'rewind' }, oninput: () => goto(driver, +rewind.value) });
  const where = el('span', { class: 'mg-where' });
  const redraw = strokes => { driver.play(false); driver.set({ strokes }); };
  const tools = el('span', { class: 'mg-tools' },
    button('undo', 'Undo', 'undo the last stroke', () => redraw(driver.state.strokes.slice(0, -1))),
    button('clear', 'Clear', 'clear the drawing', () => redraw([])));
  const moves = { step: button('step', 'Step', 'one full step: D, then G (S)', () => move('step')(driver)),
    d: button('d', 'D move', 'one move of the discriminator (D)', () => move('d')(driver)),
    g: button('g', 'G move', 'one move of the generator (G)', () => move('g')(driver)),
    phase: button('phase', 'Next phase', 'slow motion: the next phase (N)', () => move('phase')(driver)) };
  const fresh = button('new', 'New game', 'start again from the seed (R)', () => again(driver));
  const hands = [];

  function takeStrokes(scene) { // once the reach of the planes is known
    if (hands.length) return;
    for (const plane of planes) hands.push(pen(plane.node, plane.on(scene), {
      may: () => driver.state.data === 'drawn',
      trace(stroke) {
        const a = plane.on(driver.scene), sheet = plane.node.getContext('2d');
        if (driver.playing) driver.play(false);
        polyline(sheet, stroke.slice(-2).map(([x, y]) => [a.X(x), a.Y(y)]), { colour: PALETTE.real, width: 5 });
      },
      done: stroke => redraw([...driver.state.strokes, stroke]),
    }));
  }

  return {
    node: el('div', {}, predict.node, el('div', { class: 'mg-planes' }, boxes[0], side, boxes[1], el('div', {}, el('div', { class: 'mg-name' }), curves)),
      el('div', { class: 'mg-numbers' }, ...numbers),
      el('div', { class: 'mg-row mg-rewinding' }, el('span', { text: 'Rewind' }), rewind, where, tools)),
    bar: [moves.step, moves.d, moves.g, moves.phase, fresh],
    locked: (scene, state) => scene.locked || noData(state),
    words: (scene, state) => noData(state) ? 'No data yet: draw a stroke on the plane.'
      : `${driver.playing ? 'Playing' : 'Paused'} at step ${scene.games[0].step}. No collapse alarm.`,
    alarm: (scene, state) => !noData(state) && scene.games.map((g, i) => g.alarm && (scene.games.length > 1 ? `${'AB'[i]}: ` : '') + g.alarm).filter(Boolean).map(a => `⚠ ${a}`).join(' · '),
    hint: scene => scene.alarm,
    control(one, scene) { if (one.spec.name.endsWith('_b')) one.node.style.display = scene.games.length === 2 ? '' : 'none'; },
    draw(scene, state) {
      takeStrokes(scene);
      if (hands.some(hand => hand.drawing())) return;
      const games = gamesOf(scene), two = games.length === 2, empty = noData(state);
      boxes[1].style.display = two ? '' : 'none';
      side.style.display = two ? 'none' : '';
      games.forEach((game, i) => {
        const words = empty ? 'no data yet' : describe(game, scene, two ? `${'AB'[i]} ` : '');
        planes[i].draw(game, scene, state, empty);
        names[i].textContent = (two ? `${'AB'[i]} · ` : '') + game.title;
        numbers[i].textContent = two ? words.replace('\n', ' · ') : words;
        planes[i].node.setAttribute('aria-label', `plane ${'AB'[i]}: ${words}`);
      });
      if (!two) { numbers[1].textContent = ''; drawNoise(noise, games[0], scene); }
      noiseWords.textContent = `The noise z, ${games[0].z_size}-D, normal. G's manifold is this net, mapped by G.`;
      if (empty) curves.pen(); else drawCurves(curves, scene, games);
    },
    refresh(scene, state) {
      predict.show(scene);
      if (!phases.children.length) phases.append(...scene.phases.map((p, i) => el('li', {}, el('b', { text: `${p}. ` }), el('span', { innerHTML: EXPLAIN[i] }))));
      [...phases.children].forEach((li, i) => i === scene.phase ? li.setAttribute('aria-current', 'step') : li.removeAttribute('aria-current'));
      for (const one of Object.values(moves)) one.disabled = noData(state);
      tools.style.visibility = state.data === 'drawn' ? 'visible' : 'hidden';
      if (!driver.waiting() || driver.playing) { rewind.max = scene.length - 1; rewind.value = scene.cursor; }
      rewind.setAttribute('aria-valuetext', `step ${scene.games[0].step}`);
      where.textContent = `snapshot ${scene.cursor + 1} of ${scene.length}`;
    },
  };
}

function compute(state, model, scene) { // layers and speed: the picture at hand, drawn otherwise
  const asks = scene && Object.keys(state).some(name => !ON_THE_PAGE.includes(name) && JSON.stringify(state[name]) !== JSON.stringify(scene.state[name]));
  return scene && !asks ? { line: scene.line } : null;
}

export default widget({
  label: 'GAN stepper',
  build,
  compute,
  keys: [
    [' ', 'space play', driver => driver.play(!driver.playing)], ['s', 'S step', move('step')], ['d', 'D one D move', move('d')],
    ['g', 'G one G move', move('g')], ['n', 'N next phase', move('phase')], ['r', 'R new game', again],
    ['ArrowLeft', '← → rewind', driver => goto(driver, driver.scene.cursor - 1)], ['ArrowRight', '', driver => goto(driver, driver.scene.cursor + 1)],
    ['Home', 'Home start', driver => goto(driver, 0)], ['End', '', driver => goto(driver, driver.scene.length - 1)],
  ],
  play: {
    may: driver => !driver.scene.locked && !noData(driver.state),
    next(driver) { // by the verdict, the kernel knows what this page has seen
      const slow = driver.state.speed === 0;
      driver.ask({ ...(slow ? { do: 'phase' } : { do: 'step', n: driver.state.speed }), play: true, verdict: driver.scene.verdict });
    },
    pause: driver => driver.state.speed === 0 ? 1300 : calm() ? 500 : 16,
    ahead: driver => driver.state.speed === 0 ? 1 : 2,
    stop: (driver, before) => driver.scene.locked || driver.scene.games.some(g => g.energy === null) || (driver.scene.verdict && !before?.verdict),
  },
});
