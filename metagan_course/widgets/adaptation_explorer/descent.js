// The explorer's arithmetic, on the page: what simulation.py computes, under its names. A net is 1-40-40-1 with tanh.
//
// Float64 from the shipped float32 weights; a test holds curves, losses and the fitted sinusoid against Python's.

const STEPS = 20, WIDE = 61, HIDDEN = 40; // K = 0 .. 20; places along x; units of a layer
const SHAPES = { w1: HIDDEN, b1: HIDDEN, w2: HIDDEN * HIDDEN, b2: HIDDEN, w3: HIDDEN, b3: 1 }; // w (in, out), as in starts.py
const CURVE_X = Float64Array.from({ length: WIDE }, (_, i) => -5 + 10 * i / (WIDE - 1));

function startsOf(packed) { // base64 of float32, one start after another -> [{ w1, b1, ... }, ...]
  const numbers = new Float32Array(Uint8Array.from(atob(packed), c => c.charCodeAt(0)).buffer), starts = [];
  for (let at = 0; at < numbers.length;) {
    const w = {};
    for (const [name, n] of Object.entries(SHAPES)) { w[name] = Float64Array.from(numbers.subarray(at, at + n)); at += n; }
    starts.push(w);
  }
  return starts;
}

const tanh = v => 1 - 2 / (Math.exp(2 * v) + 1); // three times as fast as Math.tanh

// f_w(x), and the two hidden layers on the way: x (N,) -> y (N,), h1 and h2 (N, 40)
function predict(w, x) {
  const n = x.length, h1 = new Float64Array(n * HIDDEN), h2 = new Float64Array(n * HIDDEN), y = new Float64Array(n);
  const sum = new Float64Array(HIDDEN), { w1, b1, w2, b2, w3 } = w;
  for (let i = 0; i < n; i++) {
    sum.set(b2);
    for (let j = 0; j < HIDDEN; j++) {
      const h = h1[i * HIDDEN + j] = tanh(x[i] * w1[j] + b1[j]), row = j * HIDDEN;
      for (let k = 0; k < HIDDEN; k++) sum[k] += h * w2[row + k];
    }
    let out = w.b3[0];
    for (let k = 0; k < HIDDEN; k++) out += w3[k] * (h2[i * HIDDEN + k] = tanh(sum[k]));
    y[i] = out;
  }
  return { y, h1, h2 };
}

// grad L(w; S), L(w; S) = mean of (f_w(x) - y)^2: backpropagation by hand, x and target (N,)
function gradient(w, x, target) {
  const g = Object.fromEntries(Object.entries(SHAPES).map(([name, n]) => [name, new Float64Array(n)]));
  const { y, h1, h2 } = predict(w, x), d2 = new Float64Array(HIDDEN), n = x.length;
  for (let i = 0; i < n; i++) {
    const r = 2 * (y[i] - target[i]) / n, at = i * HIDDEN; // dL / df
    g.b3[0] += r;
    for (let k = 0; k < HIDDEN; k++) {
      g.w3[k] += r * h2[at + k];
      g.b2[k] += d2[k] = r * w.w3[k] * (1 - h2[at + k] ** 2);
    }
    for (let j = 0; j < HIDDEN; j++) {
      const h = h1[at + j], row = j * HIDDEN;
      let back = 0;
      for (let k = 0; k < HIDDEN; k++) { g.w2[row + k] += h * d2[k]; back += w.w2[row + k] * d2[k]; }
      const d1 = back * (1 - h * h);
      g.w1[j] += d1 * x[i];
      g.b1[j] += d1;
    }
  }
  return g;
}

// w_k+1 = w_k - alpha grad L(w_k; S), from every start: curves (M, K + 1, 61), query losses (M, K + 1)
function adaptAll(starts, points, alpha, truth) {
  const x = Float64Array.from(points, p => p[0]), target = Float64Array.from(points, p => p[1]);
  const curves = new Float32Array(starts.length * (STEPS + 1) * WIDE), query = new Float32Array(starts.length * (STEPS + 1));
  starts.forEach((start, m) => {
    let w = start;
    for (let k = 0; k <= STEPS; k++) {
      const { y } = predict(w, CURVE_X), at = m * (STEPS + 1) + k;
      curves.set(y, at * WIDE);
      query[at] = y.reduce((sum, v, i) => sum + (v - truth[i]) ** 2, 0) / WIDE;
      if (!points.length || k === STEPS) continue; // nothing to learn from: nobody moves
      const g = gradient(w, x, target);
      w = Object.fromEntries(Object.keys(SHAPES).map(name => [name, w[name].map((v, i) => v - alpha * g[name][i])]));
    }
  });
  return { curves, query };
}

// The least-squares a sin x + b cos x through the points, as { amplitude, phase }: simulation.best_sinusoid. By the
// eigenvectors of the 2 x 2 normal matrix; a direction that the points hardly see (singular value below 0.1 of the largest) stays zero.
function bestSinusoid(points) {
  let ss = 0, sc = 0, cc = 0, sy = 0, cy = 0;
  for (const [x, y] of points) { const s = Math.sin(x), c = Math.cos(x); ss += s * s; sc += s * c; cc += c * c; sy += s * y; cy += c * y; }
  const middle = (ss + cc) / 2, apart = Math.hypot((ss - cc) / 2, sc), turn = Math.atan2(2 * sc, ss - cc) / 2;
  let a = 0, b = 0;
  for (const [value, angle] of [[middle + apart, turn], [middle - apart, turn + Math.PI / 2]]) {
    if (!(value > 0.01 * (middle + apart))) continue; // squares of singular values
    const u = [Math.cos(angle), Math.sin(angle)], length = (u[0] * sy + u[1] * cy) / value;
    a += length * u[0]; b += length * u[1];
  }
  return { amplitude: Math.hypot(a, b), phase: Math.atan2(b, a) };
}

const behind = ({ amplitude, phase, drawn }) =>
  `${amplitude.toFixed(1)} sin(x ${phase >= 0 ? '+' : '−'} ${Math.abs(phase).toFixed(1)}): ${drawn ? 'the task' : 'best fit to the points'}`;

// The sinusoid behind the points: the kernel's while they are the kernel's, else the one that fits them best.
function taskOf(points, told) {
  if (JSON.stringify(points) === JSON.stringify(told.points)) return told;
  return { ...told, ...(points.length ? bestSinusoid(points) : {}), points, drawn: false };
}

const known = new WeakMap(); // what was last computed for a model: sliding K computes nothing

// All that the first picture needs; null where only the kernel knows: the second picture, and the tasks of another seed.
function compute(state, model, scene) {
  if (!scene || state.panel !== 'curves' || state.seed !== scene.task.seed) return null;
  const task = taskOf(state.points, scene.task), held = known.get(model);
  const sine = [task.amplitude, task.phase].map(v => v.toFixed(6)); // Python's fit and ours are one
  const key = JSON.stringify([state.points, state.alpha, task.seed, task.drawn, sine]);
  if (held?.key === key) return held.own;
  const starts = held?.starts || startsOf(model.get('starts'));
  const truth = CURVE_X.map(x => task.amplitude * Math.sin(x + task.phase));
  const own = { task, behind: behind(task), arrays: { truth, ...adaptAll(starts, state.points, state.alpha, truth) } };
  known.set(model, { key, own, starts });
  return own;
}
