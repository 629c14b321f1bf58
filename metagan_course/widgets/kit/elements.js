// The kit, 1 of 4: elements and controls. Every control keeps its keys: JupyterLab's shortcuts stop at an element
// with data-lm-suppress-shortcuts only if that element itself has the focus, so `el` puts it on each of them.

const KEEPS_KEYS = new Set(['button', 'input', 'select', 'summary', 'textarea']);

// el('button', { class: 'mg-x', text: 'Go', aria: { label: 'go' }, onclick: act }, ...children)
function el(tag, properties = {}, ...children) {
  const { aria = {}, data = {}, class: names = '', text, style, ...rest } = properties;
  const node = Object.assign(document.createElement(tag), rest);
  if (names) node.className = names;
  if (style) node.style.cssText = style;
  if (text !== undefined) node.textContent = text;
  for (const name in aria) node.setAttribute(name === 'role' ? name : `aria-${name}`, aria[name]);
  Object.assign(node.dataset, data);
  if (KEEPS_KEYS.has(tag) || 'tabIndex' in rest) node.dataset.lmSuppressShortcuts = 'true';
  node.append(...children);
  return node;
}

const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

// A number in at most five characters; a dash where there is none.
const short = v => v === null || v === undefined || Number.isNaN(v) ? '–' : !Number.isFinite(v) ? '∞'
  : Math.abs(v) >= 1e4 ? v.toExponential(0) : Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1)
  : Math.abs(v) >= 0.1 || v === 0 ? v.toFixed(2) : Math.abs(v) >= 0.001 ? v.toFixed(3) : v.toExponential(0);

function button(name, text, label, act) {
  return el('button', { type: 'button', class: `mg-${name}`, text, title: label, aria: { label }, onclick: act });
}

// A part that is out of the way until it is wanted.
function fold(summary, ...children) {
  return el('details', { class: 'mg-fold' }, el('summary', { text: summary }), ...children);
}

// --- controls: each a node and show(state); a turn goes to driver.set -------------------------------------------

const CONTROLS = { slider, choice, tick, number };
const control = (driver, spec) => CONTROLS[spec.kind](driver, spec);

function labelled(spec, ...inputs) {
  const node = el('label', { class: `mg-control mg-${spec.kind}`, data: { control: spec.name } });
  node.append(el('span', { text: spec.label }), ...inputs);
  return node;
}

// A number field: any value between low and high, whole where the control counts.
function field(driver, spec, label) {
  const { name, low, high, whole } = spec;
  const node = el('input', { type: 'number', min: low, max: high, aria: { label } });
  let typing = false;
  node.oninput = () => { typing = true; };
  node.onblur = () => { typing = false; };
  node.onchange = () => {
    typing = false;
    const value = clamp(whole ? Math.round(+node.value) : +node.value, low, high);
    if (node.value !== '' && Number.isFinite(value)) driver.set({ [name]: value });
  };
  const show = value => {
    node.step = whole ? spec.step || 1 : 10 ** Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9)));
    if (!typing) node.value = whole ? value : +value.toPrecision(3);
  };
  return { node, show };
}

// A bar for a quick look and a number field for an exact value. `log`: the bar is even in powers of ten.
function slider(driver, spec) {
  const { name, low, high, step, log } = spec;
  const to = log ? Math.log10 : v => v, from = log ? v => +(10 ** v).toPrecision(2) : v => +v.toPrecision(6);
  const bar = el('input', { type: 'range', min: to(low), max: to(high), step: log ? 0.05 : step, aria: { label: spec.label } });
  const exact = field(driver, spec, `${spec.label}, exact`);
  bar.oninput = () => driver.set({ [name]: clamp(from(+bar.value), low, high) });
  const show = state => {
    bar.value = to(state[name]);
    bar.setAttribute('aria-valuetext', String(state[name]));
    exact.show(state[name]);
  };
  return { node: labelled(spec, bar, exact.node), show };
}

function number(driver, spec) {
  const exact = field(driver, spec, spec.label);
  return { node: labelled(spec, exact.node), show: state => exact.show(state[spec.name]) };
}

// options: [[value, words], ...]; the values may be of any kind, so the list works by place.
function choice(driver, spec) {
  const list = el('select', { aria: { label: spec.label } });
  list.append(...spec.options.map(([, words], i) => el('option', { value: i, text: words })));
  list.onchange = () => driver.set({ [spec.name]: spec.options[+list.value][0] });
  const show = state => { list.value = spec.options.findIndex(([value]) => value === state[spec.name]); };
  return { node: labelled(spec, list), show };
}

function tick(driver, spec) {
  const box = el('input', { type: 'checkbox' });
  box.onchange = () => driver.set({ [spec.name]: box.checked });
  const node = el('label', { class: 'mg-control mg-tick', data: { control: spec.name } });
  if (spec.colour) node.append(el('span', { class: 'mg-swatch', style: `background:${spec.colour}` }));
  node.prepend(box);
  node.append(spec.label);
  return { node, show: state => { box.checked = !!state[spec.name]; } };
}
