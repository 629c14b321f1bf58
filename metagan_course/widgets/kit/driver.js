// The kit, 3 of 4: the talk with the kernel, one driver for a model, shared by its displays.
//
//   page -> kernel   a message {id, do, ...}; do: 'set' with {state: {K: 3}} is what every control sends
//   kernel -> page   `scene` (JSON) and `arrays` (bytes), then `frame`: one picture. scene.reply is the id it answers,
//                    scene.state the state that it shows
//
// One request is under way at a time; while playing, two may be (play.ahead). A widget with `compute(state, model, scene)` makes its
// scene here and lives without a kernel; null from it means that only the kernel knows.

const SILENT = 4000; // ms without an answer after which the page says so
const TOLD = 'told'; // the reply to what was only told: the page is ahead of it
const SLOW = 400; // ms after which the page says what it waits for
const PROMPT = 150; // ms: while answers take longer, play asks for one frame at a time, so that pause stays prompt

function unpack(model) {
  const scene = model.get('scene'), view = model.get('arrays');
  if (!scene || !scene.layout) return null;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice(), arrays = {};
  for (const [name, [offset, kind, ...shape]] of Object.entries(scene.layout)) {
    const n = shape.reduce((a, b) => a * b, 1);
    arrays[name] = kind === 'u1' ? bytes.subarray(offset, offset + n) : new Float32Array(bytes.buffer, offset, n);
    arrays[name].shape = shape;
  }
  return { ...scene, arrays };
}

// A value as Python writes it, and a state as Scene.line and Scene.words write it where a kernel runs.
const literal = v => v === true ? 'True' : v === false ? 'False' : v === null ? 'None'
  : JSON.stringify(v, (_, part) => typeof part === 'number' ? +part.toPrecision(6) : part);
const asPython = (name, state) => `${name}(${Object.entries(state).map(([key, v]) => `${key}=${literal(v)}`).join(', ')})`;
const inWords = state => Object.entries(state)
  .map(([key, v]) => `${key.replaceAll('_', ' ')} ${typeof v === 'string' ? v : literal(v)}`).join(', ');

function makeDriver({ compute = () => null, play = null }) {
  const tag = Math.random().toString(36).slice(2, 8);
  const driver = { state: {}, scene: null, views: new Set(), playing: false, silent: false, working: '', canPlay: !!play, done: [] };
  let model, queue = [], flight = [], count = 0, timer = 0, slow = 0, beat = 0, sentAt = -Infinity, trip = 0, painted = 0, stale = false;

  const forget = () => { listen(flight = []); queue = []; driver.playing = false; };
  const tell = () => driver.views.forEach(view => view.refresh());
  const quiet = () => { driver.silent = true; tell(); };
  function listen() { // three things can be true of a request under way: it is new, the kernel works at it, nobody heard it
    clearTimeout(timer); clearTimeout(slow);
    driver.working = '';
    if (!flight.length) return;
    timer = setTimeout(quiet, SILENT);
    slow = setTimeout(() => { driver.working = flight[0]?.heard ? 'drawing' : 'waiting for the kernel'; tell(); }, SLOW);
  }
  function heard(id) { // the kernel has the request and works at it, however long that takes
    const one = flight.find(request => request.id === id);
    const news = driver.silent || driver.working === 'waiting for the kernel';
    clearTimeout(timer);
    driver.silent = false;
    if (one) one.heard = true;
    if (driver.working) driver.working = 'drawing';
    if (news) tell(); // else nothing that is seen has changed, and a page laid out anew is time the answer waits
  }
  function pump() { // only a frame of play may follow frames of play still under way: all else acts on what is seen
    const free = () => !flight.length || (queue[0].play && flight.every(one => one.play) && flight.length < driver.ahead());
    while (queue.length && free()) {
      const content = queue.shift();
      flight.push({ id: content.id, play: content.play, sent: performance.now() });
      if (flight.length === 1) listen();
      try { model.send(content); } catch { forget(); quiet(); } // a comm whose kernel is gone throws at once
    }
  }
  function answered(id) { // the kernel answers in order: what was asked before `id` is answered too
    const place = flight.findIndex(one => one.id === id);
    if (place < 0) return;
    trip = performance.now() - flight[place].sent;
    flight.splice(0, place + 1);
    driver.silent = false;
    listen();
  }
  driver.ahead = () => (calm() || trip > PROMPT ? 1 : play?.ahead?.(driver) ?? 1);
  driver.waiting = () => flight.length + queue.length > 0;
  driver.ask = content => { put(content); tell(); };
  function put(content) {
    if (driver.silent) forget(); // asked again: what was never answered is no longer waited for
    const last = queue[queue.length - 1];
    if (content.do === 'set' && last?.do === 'set') last.state = { ...last.state, ...content.state };
    else if (content.latest && last?.do === content.do) Object.assign(last, content); // a hand on a bar: the last place counts
    else queue.push({ id: `${tag}-${++count}`, ...content });
    pump();
  }
  driver.tell = content => { // worth knowing, worth no alarm: a page without a kernel goes on
    try { model.send({ id: TOLD, ...content }); } catch { /* nobody listens */ }
  };
  driver.set = changes => {
    driver.state = { ...driver.state, ...changes };
    if (!computed()) put({ do: 'set', state: changes });
    else driver.tell({ do: 'set', state: changes });
    paint(); // which tells, too
  };
  function computed() {
    const own = compute(driver.state, model, driver.scene);
    const always = { state: driver.state, words: inWords(driver.state), line: asPython(driver.scene.call, driver.state) };
    if (own) driver.scene = { ...driver.scene, ...always, ...own };
    return own !== null;
  }

  // --- play: one request after another, never more than the kernel and the eye can follow ---
  const pause = () => Math.max(0, (play.pause ? play.pause(driver) : 16) - (performance.now() - sentAt));
  function next() {
    clearTimeout(beat);
    if (!driver.playing || queue.length || flight.length >= driver.ahead() || (driver.silent && flight.length)) return;
    const wait = document.hidden ? 300 : pause();
    if (wait > 1) { beat = setTimeout(next, wait); return; }
    sentAt = performance.now();
    if (play.next(driver) === false) driver.play(false);
    else next();
  }
  driver.play = on => {
    if (on && driver.silent) forget();
    driver.playing = on && !!play && (play.may ? play.may(driver) : true);
    if (driver.playing && play.begin) play.begin(driver);
    sentAt = -Infinity; // the first frame waits for nothing
    next();
    tell();
  };

  // --- what arrives ---
  const paint = () => { // at most once for each picture of the screen
    if (painted && driver.playing) { stale = true; return; }
    stale = false;
    cancelAnimationFrame(painted);
    painted = requestAnimationFrame(() => { painted = 0; if (stale) paint(); });
    driver.views.forEach(view => view.draw());
  };
  driver.paint = paint;
  function adopt() {
    const before = driver.scene;
    driver.scene = unpack(model) || driver.scene;
    if (!driver.scene) return;
    answered(driver.scene.reply);
    driver.done = [...driver.scene.done];
    if (!driver.waiting() && driver.scene.reply !== TOLD) driver.state = { ...driver.scene.state };
    if (!computed()) driver.scene = { ...driver.scene, ...compute(driver.scene.state, model, driver.scene) }; // what was told, whole
    if (driver.playing && play.stop?.(driver, before)) driver.playing = false;
  }
  driver.begin = its => {
    driver.model = model = its;
    adopt();
    model.on('change:busy', () => heard(model.get('busy')));
    model.on('change:frame', () => { adopt(); pump(); next(); paint(); });
  };
  driver.leave = view => { driver.views.delete(view); if (!driver.views.size) driver.playing = false; };
  return driver;
}
