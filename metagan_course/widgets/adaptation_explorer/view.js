// The explorer: two pictures, one at a time, over the same K and alpha. The first is computed here, the second by the kernel.

function build(driver) {
  const panels = { curves: curvesPanel(driver), landscape: landscapePanel(driver) };
  const node = el('div', {}, panels.curves.node, panels.landscape.node), only = { hessian: 'landscape', n_points: 'curves' };
  const note = el('p', { class: 'mg-ae-note' });
  const shown = scene => panels[scene.state.panel];
  return {
    node,
    bar: panels.curves.bar,
    folded: [note],
    leave: () => Object.values(panels).forEach(panel => panel.stop()),
    words: (scene, state) => shown(scene).words(scene, state),
    draw(scene, state) {
      for (const [name, panel] of Object.entries(panels)) panel.node.style.display = name === scene.state.panel ? '' : 'none';
      shown(scene).draw(scene, state);
    },
    control(one, scene) { // what the other picture alone has, and a menu of one
      const here = (only[one.spec.name] || scene.state.panel) === scene.state.panel;
      one.node.style.display = here && one.spec.options?.length !== 1 ? '' : 'none';
    },
    refresh(scene) {
      for (const one of panels.curves.bar) one.style.display = scene.state.panel === 'curves' ? '' : 'none';
      note.textContent = scene.note;
    },
  };
}

export default widget({
  label: 'Adaptation explorer',
  build,
  compute,
  keys: [[' ', 'space play K', driver => driver.play(!driver.playing)]],
  play: {
    begin: driver => driver.set({ K: 0 }),
    next: driver => (driver.state.K < STEPS ? driver.set({ K: driver.state.K + 1 }) : false),
    pause: () => 250,
  },
});
