// The kit, 4 of 4: what stands around every picture: controls, tasks, the spoken line, a fold, the keyboard.
//
//   export default widget({ label, keys: [['d', 'D move', driver => ...]], build, compute, play })
//
// build(driver) -> { node, draw(scene, state), words(scene, state) } and, where needed, alarm, hint, refresh, control,
// locked (functions of scene and state), bar, folded (elements), leave()

const SCROLLS = new Set([' ', 'arrowleft', 'arrowright', 'arrowup', 'arrowdown', 'home', 'end']);

// Whether the focused element itself has a use for this key.
function needs(node, key) {
  if (node.tagName === 'SELECT' || (node.tagName === 'INPUT' && node.type === 'number')) return true;
  if (node.tagName === 'INPUT' && node.type === 'range') return /^(arrow|home|end|page)/.test(key);
  if (node.tagName === 'INPUT') return node.type === 'checkbox' && key === ' ';
  return ['BUTTON', 'SUMMARY'].includes(node.tagName) && (key === ' ' || key === 'enter');
}

function keyboard(root, keys) {
  root.dataset.keys = JSON.stringify(keys.map(([key]) => key));
  root.addEventListener('keydown', event => {
    const key = event.key.toLowerCase(), own = keys.find(([name]) => name.toLowerCase() === key);
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (key === 'escape') { (root.parentElement.closest('[tabindex]') || root).focus({ preventScroll: true }); return; } // back to the notebook
    if (needs(event.target, key)) return;
    if (own || SCROLLS.has(key)) event.preventDefault();
    if (own) own[2]();
  });
}

// "Set up try 1": a button that sets the widget's state, the words of the task, and a box for done.
function taskRow(driver, tasks) {
  const words = el('span', { class: 'mg-task-words' });
  let chosen = -1;
  const buttons = tasks.map((task, i) => button(`task mg-task-${i + 1}`, '', `set up: ${task.text}`, () => {
    chosen = i;
    if (Object.keys(task.state).length) { if (driver.playing) driver.play(false); driver.set(task.state); }
    refresh();
  }));
  const done = el('input', { type: 'checkbox', aria: { label: 'done' } });
  done.onchange = () => { driver.done[chosen] = done.checked; driver.tell({ do: 'done', number: chosen, on: done.checked }); refresh(); };
  const box = el('label', { class: 'mg-done' }, done, 'done');
  const node = el('div', { class: 'mg-tasks' }, ...buttons, words, box);
  function refresh() {
    buttons.forEach((one, i) => {
      one.textContent = `${driver.done[i] ? '✓' : '▸'} ${tasks[i].name}`;
      one.setAttribute('aria-pressed', String(i === chosen));
    });
    words.textContent = chosen < 0 ? 'Each button sets the widget up for one task.' : tasks[chosen].text;
    words.title = words.textContent;
    box.style.visibility = chosen < 0 ? 'hidden' : 'visible';
    done.checked = chosen >= 0 && !!driver.done[chosen];
  }
  if (!tasks.length) node.style.display = 'none';
  return { node, refresh };
}

// The state as one line of Python, to be pasted into a cell.
function lineRow() {
  const line = el('input', { type: 'text', readOnly: true, aria: { label: 'this state in Python' } });
  const copy = button('copy', 'Copy', 'copy this state as a line of Python', () => {
    line.select();
    const copied = () => { copy.textContent = 'Copied'; setTimeout(() => { copy.textContent = 'Copy'; }, 1500); };
    if (navigator.clipboard) navigator.clipboard.writeText(line.value).then(copied, () => document.execCommand('copy'));
    else if (document.execCommand('copy')) copied();
  });
  return { node: el('div', { class: 'mg-row mg-line' }, el('span', { text: 'In Python' }), line, copy), show: words => { line.value = words; } };
}

function display(driver, model, host, { label, keys = [], build }) {
  const specs = model.get('controls'), parts = build(driver);
  const controls = specs.map(spec => ({ spec, ...control(driver, spec) }));
  const bars = folded => controls.filter(one => !!one.spec.folded === folded).map(one => one.node);
  const playing = driver.canPlay && button('play', '', 'play or pause', () => driver.play(!driver.playing));
  const tasks = taskRow(driver, model.get('tasks')), line = lineRow();
  const status = el('div', { class: 'mg-status' }), aloud = el('div', { class: 'mg-aloud', aria: { role: 'status', live: 'polite' } });
  const help = keys.map(([, words]) => words).filter(Boolean).join(' · ');
  const more = fold('More', el('div', { class: 'mg-row mg-more' }, ...bars(true)), ...(parts.folded || []), line.node,
    ...(help ? [el('div', { class: 'mg-keys', text: `Keys: ${help} · Esc back to the notebook` })] : []));
  const root = el('div', { class: 'mg', tabIndex: 0, aria: { role: keys.length ? 'application' : 'group', label: `${label}. ${help}` } },
    tasks.node, parts.node,
    el('div', { class: 'mg-row mg-bar' }, ...(playing ? [playing] : []), ...(parts.bar || []), ...bars(false)),
    status, aloud, more);
  keyboard(root, keys.map(([key, words, act]) => [key, words, () => act(driver)]));
  root.driver = driver; // what is shown, for whoever looks at the page from outside: a test, a console
  host.append(root);

  let spoken = -Infinity, later = 0;
  function say(words, alarm, hint = words) { // while it plays, a screen reader can follow one line a second
    clearTimeout(later);
    const now = performance.now();
    status.textContent = words; // what is seen belongs to the picture at once
    status.title = hint;
    status.classList.toggle('mg-alarm', alarm);
    if (!alarm && driver.playing && now - spoken < 1000) later = setTimeout(() => say(words, alarm, hint), 1000 - (now - spoken));
    else if (aloud.textContent !== words) { spoken = now; aloud.textContent = words; }
  }
  // A control that goes takes the focus along, and the next key would be the notebook's: the widget takes it back.
  const focusKept = () => {
    const held = document.activeElement, own = root.contains(held); // asked before it can be gone
    return () => {
      if (own && (!root.contains(document.activeElement) || held.disabled || !held.offsetParent)) root.focus({ preventScroll: true });
    };
  };
  function show() { // everything but the picture
    const { scene, state } = driver;
    for (const one of controls) { one.show(state); parts.control?.(one, scene, state); }
    if (playing) {
      playing.textContent = driver.playing ? '❚❚ Pause' : '▶ Play';
      playing.disabled = !!parts.locked?.(scene, state);
    }
    parts.refresh?.(scene, state);
    tasks.refresh();
    line.show(scene.line || '');
    root.dataset.waiting = driver.waiting();
    const alarm = driver.silent ? SILENCE : scene.error || parts.alarm?.(scene, state);
    const busy = driver.working && !driver.playing && `${driver.working}: ${inWords(wished(scene, state)) || 'the next picture'} ...`;
    say(alarm || busy || parts.words(scene, state), !!alarm, parts.hint?.(scene));
  }
  const view = {
    refresh() {
      if (!driver.scene) return;
      const back = focusKept();
      show();
      back();
    },
    draw() {
      if (!driver.scene) return;
      const back = focusKept();
      parts.draw(driver.scene, driver.state);
      show();
      back(); // once, since it asks where things are, and a page laid out twice is time
      root.dataset.frame = model.get('frame');
      root.dataset.shown = JSON.stringify(driver.scene.state);
    },
  };
  driver.views.add(view);
  view.draw();
  return () => { clearTimeout(later); parts.leave?.(); driver.leave(view); };
}

// What was turned and is not yet on the picture.
const wished = (scene, state) => Object.fromEntries(Object.entries(state)
  .filter(([name, v]) => typeof v !== 'object' && v !== scene.state[name]));

const SILENCE = 'No answer from the kernel. If it is busy, wait; if it was restarted or no notebook runs, run this cell again.';

function widget(parts) {
  return () => {
    const driver = makeDriver(parts);
    return { initialize({ model }) { driver.begin(model); }, render({ model, el: host }) { return display(driver, model, host, parts); } };
  };
}
