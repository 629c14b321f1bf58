// The film: one picture, as the kernel or the page's own reel has it. The first slider is what plays.

const BEAT = 250; // ms a picture, at least

const firstSlider = driver => driver.model.get('controls').find(spec => spec.kind === 'slider');

function moved(driver, by) { // the next position of the first slider, or null beyond its ends
  const spec = firstSlider(driver), to = spec && +(driver.state[spec.name] + by * spec.step).toPrecision(9);
  return spec && to >= spec.low && to <= spec.high ? { [spec.name]: to } : null;
}

function turn(driver, by) {
  const to = moved(driver, by);
  if (to) { if (driver.playing) driver.play(false); driver.set(to); }
}

// What the page holds already: the reel that `prepare` sent along, as data addresses.
function fromReel(state, model) {
  const held = model.get('reel')?.[JSON.stringify(model.get('controls').map(spec => state[spec.name]))];
  return held ? { picture: `data:image/png;base64,${held}` } : null;
}

function build(driver) {
  const picture = el('img', { style: 'max-width:100%' });
  let address = '', shown = null;
  return {
    node: picture,
    leave: () => URL.revokeObjectURL(address),
    words: scene => scene.words,
    draw(scene) {
      const next = scene.picture || scene.arrays.picture, old = address;
      if (shown === next) return;
      shown = next;
      address = scene.picture ? '' : URL.createObjectURL(new Blob([next], { type: 'image/png' }));
      picture.onload = () => {
        picture.style.minHeight = `${picture.offsetHeight}px`; // the next picture must not make the page jump
        picture.dataset.drawn = +(picture.dataset.drawn || 0) + 1;
        if (old) URL.revokeObjectURL(old);
      };
      picture.alt = scene.words;
      picture.src = scene.picture || address;
    },
  };
}

export default widget({
  label: 'Film',
  build,
  compute: fromReel,
  keys: [
    ['ArrowLeft', '← back', driver => turn(driver, -1)],
    ['ArrowRight', '→ on', driver => turn(driver, 1)],
    [' ', 'space play', driver => driver.play(!driver.playing)],
  ],
  play: {
    may: driver => !!firstSlider(driver),
    begin: driver => { const spec = firstSlider(driver); if (!moved(driver, 1)) driver.set({ [spec.name]: spec.low }); },
    next: driver => { const to = moved(driver, 1); if (!to) return false; driver.set(to); return true; },
    pause: () => BEAT,
  },
});
