// The pad: a sheet to draw on, the five drawings as the networks see them, four starts, the alphabet.

const PAD = 232, SMALL_SIDE = 42, SAMPLE = 48, LABEL = 98, COLUMNS = 8, ROWS = 4, MOVE = 0.1;

const key = bytes => bytes.join();

// A button that is a picture: it is made once and drawn anew when its picture has changed.
function pictureButton(label, act) {
  const sheet = canvas(SMALL_SIDE, SMALL_SIDE, { aria: { role: 'img', label } });
  const node = button('pad-pick', '', label, act);
  let shown = '';
  node.append(sheet);
  return { node, show(bytes, pressed) {
    node.setAttribute('aria-pressed', String(pressed));
    if (shown === (shown = key(bytes))) return;
    picture28(sheet.pen(), bytes, 1, 1, SMALL_SIDE - 2);
  } };
}

function build(driver) {
  const sheet = canvas(PAD, PAD, { class: 'mg-pad-sheet', aria: { role: 'img', label: 'the sheet to draw on' } });
  const a = axes(sheet, 'sheet', { left: 0, top: 0, width: PAD, height: PAD, x: [-1, 1], y: [1, -1] });
  const made = canvas(LABEL + COLUMNS * SAMPLE, ROWS * SAMPLE + 16, { class: 'mg-pad-made', aria: { role: 'img', label: 'what four starts make' } });
  const five = [0, 1, 2, 3, 4].map(i => pictureButton(`drawing ${i + 1}`, () => driver.set({ drawing: i })));
  const letters = el('div', { class: 'mg-pad-row mg-pad-letters', aria: { role: 'group', label: 'the letters of the alphabet' } });
  const hand = { at: [0, 0], down: null, seen: false }; // the pen that keys move
  let picks = [], wanted = false, ink = [];

  const stroke = points => { ink = [...ink, points]; driver.ask({ do: 'stroke', stroke: points }); };
  const line = points => polyline(surface, points.map(([x, y]) => [a.X(x), a.Y(y)]), { colour: PALETTE.ink, width: 9 });
  let surface = sheet.pen();
  function drawSheet(trace = hand.down) {
    surface = sheet.pen();
    surface.lineCap = surface.lineJoin = 'round';
    for (const at of [-0.5, 0.5]) {
      polyline(surface, [[a.X(-1), a.Y(at)], [a.X(1), a.Y(at)]], { colour: PALETTE.faint, width: 1 });
    }
    for (const points of trace ? [...ink, trace] : ink) {
      if (points.length > 1) line(points);
      dot(surface, a.X(points[0][0]), a.Y(points[0][1]), 4.5, PALETTE.ink, PALETTE.ink, 0);
    }
    if (hand.seen) dot(surface, a.X(hand.at[0]), a.Y(hand.at[1]), 6, hand.down ? PALETTE.fake : PALETTE.paper, PALETTE.fake, 2);
  }
  pen(sheet, a, { may: () => !driver.silent, trace: points => { hand.seen = false; drawSheet(points); }, done: stroke });

  const keyed = driver.pad = {
    move(dx, dy) {
      hand.at = a.keep([hand.at[0] + dx, hand.at[1] + dy]);
      hand.seen = true;
      if (hand.down) hand.down.push(hand.at);
      drawSheet();
    },
    press() {
      hand.seen = true;
      if (!hand.down) hand.down = [hand.at];
      else { const whole = hand.down; hand.down = null; stroke(whole); }
      drawSheet();
    },
    learn() { wanted = true; driver.play(false); driver.ask({ do: 'learn' }); },
  };
  const act = (name, text, label, what) => button(`pad-${name}`, text, label, () => driver.ask({ do: what }));
  const undo = act('undo', 'Undo', 'take the last change back', 'undo'), clear = act('clear', 'Clear', 'clear this drawing', 'clear');
  const fresh = act('new', '+ letter', 'begin a new letter', 'new'), example = act('example', 'Example', 'a letter that nobody drew, five drawings of it', 'example');
  const drop = act('drop', 'Remove', 'remove this letter', 'drop'), save = act('save', 'Save sheet', 'the alphabet as PNG and SVG', 'save');
  const learn = button('pad-learn', 'Learn it', 'let the four starts take their ten steps', keyed.learn);

  function drawMade(scene) {
    const sheet = made.pen();
    scene.titles.forEach(([title, colour], row) => {
      write(sheet, title, LABEL - 8, row * SAMPLE + SAMPLE / 2 + 4, { colour, align: 'right', font: BOLD });
      for (let i = 0; i < COLUMNS; i++) {
        const [x, y] = [LABEL + i * SAMPLE, row * SAMPLE];
        if (scene.made) picture28(sheet, nth(scene.arrays.made, row * COLUMNS + i), x + 1, y + 1, SAMPLE - 2);
        sheet.strokeStyle = PALETTE.faint; sheet.lineWidth = 1; sheet.strokeRect(x + 0.5, y + 0.5, SAMPLE - 1, SAMPLE - 1);
      }
    });
    const below = scene.made ? `after ${scene.state.step} of ${scene.steps} steps on the five drawings` : 'five drawings, then “Learn it”';
    write(sheet, below, LABEL, ROWS * SAMPLE + 13, { colour: PALETTE.muted });
    made.setAttribute('aria-label', `what four starts make, ${below}`);
  }
  function drawLetters(scene) {
    const count = scene.arrays.gallery.shape[0];
    while (picks.length < count) { const i = picks.length; picks.push(pictureButton(`letter ${i + 1}`, () => driver.set({ letter: i, drawing: 0 }))); }
    picks = picks.slice(0, count);
    if (letters.children.length !== count) letters.replaceChildren(...picks.map(one => one.node));
    picks.forEach((one, i) => one.show(nth(scene.arrays.gallery, i), i === scene.state.letter));
  }
  return {
    node: el('div', {}, el('div', { class: 'mg-pad-all' },
      el('div', {}, sheet, el('div', { class: 'mg-pad-row' }, undo, clear, learn)),
      el('div', { class: 'mg-pad-five', aria: { role: 'group', label: 'the five drawings' } }, ...five.map(one => one.node)), made),
    el('div', { class: 'mg-pad-row' }, fresh, example, drop, save), letters),
    words: scene => scene.said ? `${scene.words}. ${scene.said}` : scene.words,
    locked: scene => !scene.made,
    refresh: scene => { // what cannot be done is not offered
      undo.disabled = !scene.back;
      clear.disabled = !scene.filled[scene.state.drawing];
      learn.disabled = scene.filled.some(one => !one);
    },
    draw(scene, state) {
      if (!driver.waiting()) ink = scene.strokes;
      drawSheet();
      five.forEach((one, i) => one.show(nth(scene.arrays.shown, i), i === scene.state.drawing));
      drawMade(scene);
      drawLetters(scene);
      if (wanted && scene.made && !driver.waiting()) { wanted = false; driver.play(true); }
    },
  };
}

const to = (name, where) => driver => {
  const n = name === 'letter' ? driver.scene.arrays.gallery.shape[0] : 5, value = clamp(where(driver.state[name]), 0, n - 1);
  driver.set(name === 'letter' ? { letter: value, drawing: 0 } : { [name]: value });
};
const ask = what => driver => driver.ask({ do: what });

export default widget({
  label: 'Draw pad',
  build,
  keys: [
    ['ArrowLeft', 'arrows move the pen', driver => driver.pad.move(-MOVE, 0)], ['ArrowRight', '', driver => driver.pad.move(MOVE, 0)],
    ['ArrowUp', '', driver => driver.pad.move(0, -MOVE)], ['ArrowDown', '', driver => driver.pad.move(0, MOVE)],
    [' ', 'space pen down, pen up', driver => driver.pad.press()],
    ['1', '1 to 5 drawing', to('drawing', () => 0)], ...[2, 3, 4, 5].map(i => [String(i), '', to('drawing', () => i - 1)]),
    ['a', 'A D letter', to('letter', i => i - 1)], ['d', '', to('letter', i => i + 1)],
    ['n', 'N new letter', ask('new')], ['e', 'E example', ask('example')],
    ['u', 'U undo', ask('undo')], ['c', 'C clear', ask('clear')],
    ['l', 'L learn it', driver => driver.pad.learn()], ['p', 'P play', driver => driver.play(!driver.playing)],
    ['s', 'S save the sheet', ask('save')],
  ],
  play: {
    may: driver => driver.scene.made,
    begin: driver => { if (driver.state.step >= driver.scene.steps) driver.set({ step: 0 }); },
    next: driver => (driver.state.step < driver.scene.steps ? driver.set({ step: driver.state.step + 1 }) : false),
    pause: () => 250,
  },
});
