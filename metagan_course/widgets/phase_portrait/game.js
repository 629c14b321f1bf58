// The Dirac-GAN on the page: the data is a point at 0, G a point at phi, D(x) = theta x. The same lines as
// metagan_course/answers/dirac.py, in the same order; a test holds the two against each other.

const sigmoid = l => l > 0 ? 1 / (1 + Math.exp(-l)) : Math.exp(l) / (1 + Math.exp(l));

// dL_G/dphi and dL_D/dtheta
function slopes({ loss, gamma }, phi, theta) {
  const s = loss === 'wasserstein' ? 1 : sigmoid(theta * phi);
  const ofGen = { minimax: -s, non_saturating: s - 1, wasserstein: -1 }[loss];
  return [theta * ofGen, phi * s + gamma * theta];
}

// Where the players stand after 0, 1, ... steps.
function pathOf(state, steps) {
  let [phi, theta] = state.start;
  const places = [[phi, theta]];
  for (let i = 0; i < steps; i++) {
    const [ofGen, ofDisc] = slopes(state, phi, theta);
    phi -= state.rate * ofGen;
    if (state.order === 'at once') theta -= state.rate * ofDisc;
    else for (let j = 0; j < state.n_d; j++) theta -= state.rate * slopes(state, phi, theta)[1];
    places.push([phi, theta]);
  }
  return places;
}

// Eigenvalues [real, imaginary] of a 2 x 2 matrix [[a, b], [c, d]].
function eigenvalues([[a, b], [c, d]]) {
  const half = (a + d) / 2, under = half * half - (a * d - b * c), root = Math.sqrt(Math.abs(under));
  return under >= 0 ? [[half + root, 0], [half - root, 0]] : [[half, root], [half, -root]];
}

const slopeAtRest = loss => loss === 'wasserstein' ? 1 : 0.5;

// The field's Jacobian at the centre, and the matrix of one step there.
function jacobian({ loss, gamma }) {
  const f = slopeAtRest(loss);
  return [[0, f], [-f, -gamma]];
}

const times = (p, q) => p.map(row => [0, 1].map(j => row[0] * q[0][j] + row[1] * q[1][j]));

function oneStep({ loss, gamma, rate, order, n_d }) {
  const f = slopeAtRest(loss), gen = [[1, rate * f], [0, 1]], disc = [[1, 0], [-rate * f, 1 - rate * gamma]];
  if (order === 'at once') return [[1, rate * f], [-rate * f, 1 - rate * gamma]];
  let step = gen;
  for (let i = 0; i < n_d; i++) step = times(disc, step);
  return step;
}

function compute(state, model, scene) {
  if (!scene) return null;
  const path = pathOf(state, scene.steps), factor = Math.max(...eigenvalues(oneStep(state)).map(([a, b]) => Math.hypot(a, b)));
  const radius = Math.hypot(...path[state.step]);
  return { path, eigen: eigenvalues(jacobian(state)), factor, words: `step ${state.step}: distance from the centre ${radius < 1000 ? radius.toFixed(4) : 'above 1000'}` };
}
